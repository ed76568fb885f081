import pytest

from grader.language import content_stems, function_share, is_english, negation_cues, stem, words


@pytest.mark.parametrize(
    "text",
    [
        "I would ask which data the model was trained on before believing anything.",
        "KPI? Max response time? Budget per query? Accuracy floor?",
        "KPI, latency, cost per query, answer quality, CSAT, business goals",
        "First we must to define what success means, how fast must be the reply.",
        "latency throughput recall precision baseline benchmark pilot",
        "Bonjour tout le monde",
        "",
    ],
)
def test_english_and_short_texts_pass(text: str) -> None:
    assert is_english(text)


@pytest.mark.parametrize(
    "text",
    [
        "Ich würde zuerst fragen, mit welchen Daten das Modell trainiert und geprüft wurde.",
        "Je demanderais d'abord les données du test et je comparerais avec une base simple.",
        "Primero pediría los datos de la prueba y los compararía con un modelo sencillo.",
        "Perguntaria primeiro quais dados foram usados para o teste e como foram obtidos.",
        "Chiederei prima di tutto quali dati sono stati usati per la prova del modello.",
        "Ik zou eerst vragen met welke gegevens het model is getest en hoe groot die zijn.",
        "Saya akan bertanya dulu data apa yang dipakai untuk menguji model itu dengan benar.",
        "Önce modelin hangi veri ile test edildiğini sorar ve bir temel model ile ölçerim.",
        "Сначала я бы спросил, на каких данных обучали модель и как её проверяли.",
        "我会先问模型是用什么数据训练的以及测试集是否真的独立于训练数据之外",
        "まずテストデータがどのように集められたのかを聞いてから判断したいと思います",
    ],
)
def test_other_languages_are_noticed(text: str) -> None:
    assert not is_english(text)


def test_words_keep_their_apostrophes() -> None:
    assert words("I'd say it's 10x, don't you_know") == [
        "i'd", "say", "it's", "10x", "don't", "you", "know",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other"),
    [("metric", "metrics"), ("compare", "compared"), ("tuned", "tuning"), ("vendor's", "vendor")],
)
def test_forms_of_a_word_share_a_stem(one: str, other: str) -> None:
    assert stem(one) == stem(other)


def test_content_leaves_out_what_holds_sentences_together() -> None:
    assert content_stems("I would compare the metrics with ours") == ["compar", "metric"]


def test_shares_of_nothing_are_zero() -> None:
    assert function_share([]) == 0.0


def test_denials_are_counted() -> None:
    assert negation_cues("I would not ask, and never skip it") == 3
