"""Write the description of the API: `python -m fairlead.api.openapi > web/openapi.json`."""

import json
import sys

from fairlead.api.app import create_api


def openapi_text() -> str:
    """Return the OpenAPI document, always the same text for the same routes; needs no database."""
    document = create_api().openapi()
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(openapi_text())
