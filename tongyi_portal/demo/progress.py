"""Where a job stands, in words for a terminal or a log."""

from django.utils import translation

from generation.texts import stage_text
from tongyi_portal.demo.app import WAITS_FOR_A_PERSON, Json


def job_in_words(job: Json) -> str:
    """Its place in the queue or its stage, without times: the same words mean that nothing new happened."""
    if job["state"] in WAITS_FOR_A_PERSON:
        return "Waiting for a moderator's decision"
    if job["state"] == "succeeded":
        return "Done"
    if job["position"]:
        return f"In the queue, position {job['position']}"
    with translation.override("en"):  # like everything else that the demo says
        words = stage_text(job["stage"]) if job["stage"] else str(job["state"])
    return words[:1].upper() + words[1:]


def time_left(job: Json) -> str:
    """ ", 3 to 7 s left" or ", about 3 s left"; empty while nobody can tell."""
    if not job["eta"] or job["state"] in WAITS_FOR_A_PERSON:
        return ""
    low, high = round(job["eta"]["low_seconds"]), round(job["eta"]["high_seconds"])
    return f", about {high} s left" if low == high else f", {low} to {high} s left"
