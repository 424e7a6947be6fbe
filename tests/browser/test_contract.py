"""The page's client is made from what the API says about itself now."""

import json

from fairlead.api.openapi import openapi_text
from tests.browser.watching import WEB


def test_description_kept_by_the_page_is_what_the_api_says_now() -> None:
    kept = json.loads((WEB / "openapi.json").read_text())
    said = json.loads(openapi_text())
    paths = {*kept["paths"], *said["paths"]}
    changed = sorted(path for path in paths if kept["paths"].get(path) != said["paths"].get(path))
    assert changed == [], "run `python -m fairlead.api.openapi > web/openapi.json; npm run types`"
    assert kept == said
