"""Reads texts with a trained assistant, without a server: `python -m bot.assistant.understand MODEL`.

Standard input: one JSON string a line. Standard output: for each, in order, one JSON object a line with
`intent` (after the fallback thresholds), `confidence` (0 to 1), `places` (how many were named), `requests`
(the intents of the requests in it, where it holds several) and `ms` (how long the whole pipeline took). Runs
in the assistant's environment (Python 3.10 or 3.11).
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

from rasa.core.agent import Agent

_WARM_UP = ("سلام", "bonjour", "ch7al")  # the first texts fill caches


async def understand(agent: Agent, text: str) -> dict[str, Any]:
    start = time.perf_counter()
    parsed = await agent.parse_message(text)
    took = (time.perf_counter() - start) * 1_000
    return {
        "intent": parsed["intent"]["name"],
        "confidence": parsed["intent"]["confidence"],
        "places": sum(entity["entity"] == "place" for entity in parsed["entities"]),
        "requests": [request["intent"] for request in parsed.get("requests", [])],
        "ms": took,
    }


async def main(model: str) -> int:
    agent = Agent.load(model)
    if not agent.is_ready():
        sys.stderr.write(f"The model {model} cannot be loaded.\n")
        return 1
    for text in _WARM_UP:
        await understand(agent, text)
    for line in sys.stdin:
        sys.stdout.write(json.dumps(await understand(agent, json.loads(line))) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1])))
