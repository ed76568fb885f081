// Items played one after the other; ITEMS and the elements of qti-components are there already.
var found = [], errors = [];
window.onerror = function (message) { errors.push(String(message)); };
console.error = function () { errors.push(Array.prototype.join.call(arguments, ' ')); };

function wait(milliseconds) {
  return new Promise(function (done) { setTimeout(done, milliseconds); });
}

async function play(item) {
  errors = [];
  document.body.innerHTML = '<qti-item><item-container></item-container></qti-item>';
  var container = document.querySelector('item-container'), shown = null;
  await container.updateComplete;
  container.itemXML = item.xml;
  for (var turn = 0; turn < 100 && !shown; turn += 1) {
    await wait(10);
    shown = container.shadowRoot.querySelector('qti-assessment-item');
  }
  await shown.updateComplete;
  await wait(20);
  var one = {
    name: item.name,
    title: shown.title,
    text: shown.innerText,
    choices: Array.from(shown.querySelectorAll('qti-simple-choice')).map(function (choice) { return choice.innerText; }),
    scores: []
  };
  for (const given of item.tries) {
    shown.updateResponseVariable('RESPONSE', given);
    shown.processResponse(true, false);
    await wait(5);
    var score = shown.variables.filter(function (variable) { return variable.identifier === 'SCORE'; })[0];
    one.scores.push(Number(score.value));
  }
  one.after = shown.innerText;
  one.errors = errors;
  return one;
}

(async function () {
  for (const item of ITEMS) { found.push(await play(item)); }
  document.body.textContent = 'READ' + JSON.stringify(found) + 'READ';
})();
