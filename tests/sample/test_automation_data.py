"""Whatever the demonstration brings, this version understands."""

from __future__ import annotations

from config.sample.identifiers import read
from ticketing.actions.steps import STEPS
from ticketing.automation.conditions import Conditions
from ticketing.automation.rules import TRIGGER


def test_the_demonstrations_macros_and_automations_are_understood() -> None:
    data = read("automation.yaml")
    for macro in data["macros"]:
        assert STEPS.validate_python(macro["actions"])
    for automation in data["automations"]:
        assert STEPS.validate_python(automation["actions"])
        assert TRIGGER.validate_python(automation["trigger"])
        assert Conditions.model_validate(automation["conditions"]).parts
