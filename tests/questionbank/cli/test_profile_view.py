from grader.peak import Peak
from questionbank.cli.profile_view import profile_lines

PEAK = Peak(rate=400e9, dtype="bfloat16", threads=2, device="cpu")


def test_a_profile_says_where_the_time_went_and_how_near_the_limit_it_was() -> None:
    seconds = {"writing": 0.5, "encoding": 8.0, "unknown": 1.0}
    lines = list(profile_lines(seconds, 10.0, 200, 100_000, 20_000_000, PEAK))
    assert lines == [
        "200 answers in 10.0 s, 20.0 a second",
        "stages (they overlap):",
        "  encoding                     8.00 s  80.0%",
        "  writing                      0.50 s   5.0%",
        "100,000 tokens, 10,000 a second",
        "peak of this machine: 400 GFLOP/s (bfloat16 matrix product, cpu, 2 threads)",
        "useful work: 200 GFLOP/s, 50% of the peak",
    ]


def test_tokens_of_the_second_look_are_told_apart() -> None:
    lines = list(profile_lines({}, 10.0, 200, 100_000, 20_000_000, PEAK, again=10_000))
    assert lines[2:] == [
        "100,000 tokens, 10,000 a second; 10,000 more in the second look",
        "peak of this machine: 400 GFLOP/s (bfloat16 matrix product, cpu, 2 threads)",
        "useful work: 220 GFLOP/s, 55% of the peak (50% without the second look)",
    ]


def test_a_model_of_unknown_size_has_no_share() -> None:
    lines = list(profile_lines({}, 1.0, 1, 10, None, PEAK))
    assert not any("useful" in line for line in lines)
    assert any("10 tokens" in line for line in lines)


def test_where_no_model_was_asked_there_are_no_tokens() -> None:
    lines = list(profile_lines({"file": 0.1}, 0.0, 0, 0, None, None))
    assert len(lines) == 3
    assert lines[0].startswith("0 answers")
