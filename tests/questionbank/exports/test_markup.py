"""HTML from strangers becomes Markdown that a question may hold."""

import pytest

from questionbank.exports.markup import (
    MAX_HTML,
    MAX_TAGS,
    html_to_markdown,
    markdown_to_html,
    sanitised,
)
from questionbank.source import refused


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<p>One</p><p>Two</p>", "One\n\nTwo"),
        ("bare <b>bold</b> and <em> slanted </em>", "bare **bold** and  *slanted*"),
        ("a<br>b<br/>", "a\\\nb"),
        ("<h1>T</h1><h3></h3>", "# T"),
        ("<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>", "- a\n  - b\n- c"),
        ('<ol start="3"><li>a</li><li><p>b</p><p>c</p></li></ol>', "3. a\n4. b\n\n   c"),
        ("<blockquote><p>q</p><p>r</p></blockquote><hr>", "> q\n>\n> r\n\n***"),
        ("<blockquote></blockquote>", ""),
        ('<pre><code class="language-sql">a\nb</code></pre>', "```sql\na\nb\n```"),
        ("<pre>x ``` y</pre>", "````\nx ``` y\n````"),
        ("<code>a`b</code> <code> </code>", "``a`b``"),
        ("<code>`a</code>", "`` `a ``"),
        ('<a href="https://x.org/a">here</a>', "[here](https://x.org/a)"),
        ('<a href="https://x.org">https://x.org</a>', "<https://x.org>"),
        ('<a href="javascript:alert(1)">x</a>', "x"),
        ('<img src="http://x/p.png" alt="a plot">', "a plot"),
        ("<table><tr><th>a</th><th></th></tr><tr><td>1|2</td></tr></table>",
         "| a | |\n| --- | --- |\n| 1\\|2 | |"),
        ("<table></table>", ""),
        ("1. no list<br># no heading", "1\\. no list\\\n\\# no heading"),
        ("2 * 3 and *stars* and snake_case _x", "2 * 3 and \\*stars\\* and snake_case \\_x"),
        ("a &lt;b&gt; &amp;amp; [x](y)", "a \\<b> \\&amp; \\[x](y)"),
        ("<script>alert(1)</script><style>p{}</style><iframe>x</iframe>ok", "ok"),
        ('<p onclick="x()">ok</p><form><input value="y">f</form>', "ok\n\nf"),
        ("<svg><script>x</script></svg><math><mi>m</mi></math>ok", "ok"),
        ("a\u202eb\x1b[2J", "ab[2J"),
        ("<!-- hidden --><p>seen</p>", "seen"),
    ],
)  # fmt: skip
def test_html_is_read_as_markdown(html: str, markdown: str) -> None:
    found = html_to_markdown(html)
    assert found == markdown
    assert not refused(html_to_markdown(html, top=3))


@pytest.mark.parametrize("html", ["x" * (MAX_HTML + 1), "<b>" * (MAX_TAGS + 1)])
def test_endless_html_is_refused(html: str) -> None:
    with pytest.raises(ValueError, match="a text"):
        html_to_markdown(html)


def test_deep_nesting_is_flattened_not_followed() -> None:
    assert html_to_markdown("<div>" * 1000 + "deep<br>down" + "</div>" * 1000) == "deepdown"


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("plain *text*", "plain *text*"),
        ("<b>bold</b> <script>x</script>", "**bold**"),
        ("# Big\n\ntext", "### Big\n\ntext"),
        ("## Prompt\n\ntext", "### Prompt\n\ntext"),
        ("Big\n===\n\ntext", "### Big\n\ntext"),
        ("```\n# a comment\n```", "```\n# a comment\n```"),
        ("a\x1b[31mb\r\nc", "a[31mb\nc"),
        ("turned &#x202e; round", "turned  round"),
        ("", ""),
    ],
)
def test_markdown_from_strangers_fits_into_a_section(text: str, clean: str) -> None:
    assert sanitised(text) == clean
    assert not refused(clean)


def test_a_text_longer_than_a_question_may_have_is_refused() -> None:
    with pytest.raises(ValueError, match="longer than 20,000"):
        sanitised("x" * 20_001)


def test_raw_html_in_markdown_is_shown_and_not_obeyed() -> None:
    assert markdown_to_html("<b>x</b>") == "<p>&lt;b&gt;x&lt;/b&gt;</p>"


def test_columns_keep_their_alignment() -> None:
    text = "| a | b | c |\n| :--- | ---: | :---: |\n| 1 | 2 | 3 |"
    assert html_to_markdown(markdown_to_html(text)) == text
