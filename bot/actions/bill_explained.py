"""The words for why a bill is what it is, short enough for one message. The caller has verified."""

from __future__ import annotations

from bot.actions.bill_told import (
    bill_title,
    change_words,
    metered,
    price_words,
    unit,
)
from bot.actions.moments import amount_words, period_words
from bot.contract import Language
from bot.texts import say
from knowledge_base.billing.bills import Bill
from knowledge_base.billing.contracts import Contract
from knowledge_base.billing.explanation import CatchUp, Explanation


def explained(language: Language, contract: Contract, explanation: Explanation) -> str:
    """Say what raised the bill: only what the records and the tariff in force tell, each cause once."""
    bill = explanation.bill
    lines = [bill_title(language, contract, bill), *metered(language, contract, bill)]
    lines += _comparison(language, contract, explanation)
    lines += _step(language, contract, explanation)
    lines += _reading(language, contract, explanation)
    if explanation.carried > 0 and explanation.carried != explanation.arrears:
        carried = amount_words(language, explanation.carried)
        lines.append(say(language, "why_arrears", amount=carried))
    if explanation.days_before is not None:
        lines.append(say(language, "why_days", days=bill.days, before=explanation.days_before))
    if explanation.year_ago is not None:
        lines.append(_year_ago(language, contract, explanation.year_ago))
    return "\n".join(lines)


def _comparison(language: Language, contract: Contract, explanation: Explanation) -> list[str]:
    """Compare with the bill before: the whole difference, then each part that made it."""
    before, difference = explanation.before, explanation.difference
    if before is None or difference is None:
        return [say(language, "why_no_earlier")]
    values = {
        "period": period_words(language, before.period),
        "amount": amount_words(language, before.amount_centimes),
    }
    if difference == 0:
        return [say(language, "why_same", **values)]
    key = "why_higher" if difference > 0 else "why_lower"
    lines = [say(language, key, difference=amount_words(language, abs(difference)), **values)]
    if explanation.consumption:
        lines.append(
            say(
                language,
                "why_consumption",
                now=explanation.bill.consumption,
                before=before.consumption,
                unit=unit(language, contract),
                change=change_words(language, explanation.consumption),
            )
        )
    for key, change in (
        ("why_charges", explanation.charges),
        ("why_regularisation", explanation.regularisation),
        ("why_arrears_change", explanation.arrears),
    ):
        if change:
            lines.append(say(language, key, change=change_words(language, change)))
    return lines


def _step(language: Language, contract: Contract, explanation: Explanation) -> list[str]:
    step = explanation.step
    if step is None:
        return []
    return [
        say(
            language,
            "why_step",
            limit=step.limit,
            unit=unit(language, contract),
            price=price_words(language, step.price),
            at_limit=amount_words(language, step.limit_centimes),
            over=explanation.bill.consumption - step.limit,
            extra=amount_words(language, explanation.step_extra),
        )
    ]


def _reading(language: Language, contract: Contract, explanation: Explanation) -> list[str]:
    if explanation.bill.reading == "estimated":
        return [say(language, "why_estimated")]
    caught = explanation.catch_up
    return [] if caught is None else [_catch_up(language, contract, caught)]


def _catch_up(language: Language, contract: Contract, caught: CatchUp) -> str:
    return say(
        language,
        "why_catch_up_one" if caught.months == 1 else "why_catch_up",
        months=caught.months,
        all_months=caught.months + 1,
        estimated=caught.estimated,
        average=caught.average,
        unit=unit(language, contract),
    )


def _year_ago(language: Language, contract: Contract, bill: Bill) -> str:
    return say(
        language,
        "why_year_ago",
        period=period_words(language, bill.period),
        amount=amount_words(language, bill.amount_centimes),
        consumption=bill.consumption,
        unit=unit(language, contract),
    )
