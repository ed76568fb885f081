// Items played one after the other; ITEMS, Vue and qti3Player are there already.
var found = [], errors = [], at = -1, tries = [], given = null, player = null;
window.onerror = function (message) { errors.push(String(message)); };
['error', 'warn'].forEach(function (kind) {
  console[kind] = function () { errors.push(kind + ': ' + Array.prototype.join.call(arguments, ' ')); };
});

function next() {
  at += 1;
  if (at === ITEMS.length) {
    document.body.textContent = 'READ' + JSON.stringify(found) + 'READ';
    return;
  }
  errors = [];
  tries = ITEMS[at].tries.slice();
  found.push({ name: ITEMS[at].name, text: null, choices: [], scores: [], errors: [] });
  load();
}

function load() {
  given = tries.shift();
  // The same text twice in a row is not played again, so each has a comment of its own.
  player.loadItemFromXml(ITEMS[at].xml + '<!-- ' + tries.length + ' -->', {
    guid: at + '-' + tries.length,
    status: 'interacting',
    sessionControl: { max_attempts: 0, show_feedback: true, validate_responses: false }
  });
}

function answer() {
  if (Array.isArray(given)) {
    given.forEach(function (name) { document.querySelector('[data-identifier="' + name + '"]').click(); });
  } else if (given !== null) {
    var field = document.querySelector('input[type=text], textarea');
    field.value = given;
    ['input', 'change', 'blur'].forEach(function (name) { field.dispatchEvent(new Event(name, { bubbles: true })); });
  }
}

function value(variables, name) {
  var one = variables.filter(function (variable) { return variable.identifier === name; })[0];
  return one ? one : {};
}

new Vue({
  el: '#app',
  components: { player: window.qti3Player },
  template: '<player suppress-alert-messages suppress-invalid-response-messages ' +
    '@notifyQti3PlayerReady="ready" @notifyQti3ItemReady="shown" @notifyQti3EndAttemptCompleted="ended"/>',
  methods: {
    ready: function (made) { player = made; setTimeout(next, 0); },
    shown: function () {
      setTimeout(function () {
        var one = found[at];
        if (one.text === null) {
          one.text = document.body.innerText;
          one.choices = Array.prototype.map.call(
            document.querySelectorAll('.qti-choice-description'), function (choice) { return choice.innerText; });
        }
        answer();
        setTimeout(function () { player.endAttempt('next'); }, 0);
      }, 0);
    },
    ended: function (data) {
      var one = found[at];
      one.scores.push(value(data.state.outcomeVariables, 'SCORE').value);
      one.right = value(data.state.responseVariables, 'RESPONSE').correctResponse;
      one.after = document.body.innerText;
      one.errors = errors;
      if (tries.length) { load(); } else { next(); }
    }
  }
});
