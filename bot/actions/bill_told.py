"""The words for what a contract owes, what a bill is made of and what was paid. The caller has verified."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from bot.actions.moments import amount_words, due_words, period_words
from bot.contract import Language
from bot.texts import say
from knowledge_base.billing.bills import ARREARS, CONSUMPTION, Bill, ChargedLine, Payment
from knowledge_base.billing.contracts import Contract

_MOST_LINES = 6
_MOST_BRACKETS = 8


def owed(language: Language, contract: Contract, bills: Sequence[Bill], today: date) -> str:
    """Say what is to be paid by when, or that nothing is."""
    service = service_name(language, contract)
    due = [bill for bill in bills if bill.is_due]
    if not bills:
        return say(language, "bill_none")
    if not due:
        return say(language, "bill_paid", service=service, **_values(language, bills[0]))
    if len(due) == 1:
        key = "bill_overdue" if due[0].due_on < today else "bill_unpaid"
        text = say(language, key, service=service, **_values(language, due[0]))
        return "\n".join([text, *_carried(language, due[0])])
    total = amount_words(language, sum(bill.amount_centimes for bill in due))
    lines = [say(language, "bills_unpaid", service=service, count=len(due), total=total)]
    lines += [say(language, "bill_line", **_values(language, bill)) for bill in due[:_MOST_LINES]]
    return "\n".join([*lines, *_carried(language, due[0])])


def made_of(language: Language, contract: Contract, bill: Bill) -> str | None:
    """Say the lines of a bill, or None where they do not make its amount."""
    if not bill.adds_up:
        return None
    lines = [bill_title(language, contract, bill), *metered(language, contract, bill)]
    brackets = [line for line in bill.lines if line.kind == CONSUMPTION]
    if len(brackets) > _MOST_BRACKETS:
        return None
    lines += [_line(language, contract, line) for line in bill.lines]
    return "\n".join(lines)


def paid(language: Language, contract: Contract, payments: Sequence[Payment], timezone: ZoneInfo) -> str:
    """Say the last payments: when, where and how much."""
    service = service_name(language, contract)
    if not payments:
        return say(language, "payments_none", service=service)
    lines = [say(language, "payments_title", service=service)]
    lines += [f"• {payment_words(language, payment, timezone)}" for payment in payments]
    return "\n".join(lines)


def payment_words(language: Language, payment: Payment, timezone: ZoneInfo) -> str:
    """Return "9 novembre 2026 : 143,76 DH, espace partenaire (Wafacash)"."""
    text = say(
        language,
        "payment_line",
        day=day_words(language, payment.paid_at, timezone),
        amount=amount_words(language, payment.amount_centimes),
        method=say(language, f"payment_method_{payment.method}"),
    )
    return text if payment.place is None else f"{text} ({payment.place})"


def day_words(language: Language, moment: datetime, timezone: ZoneInfo) -> str:
    return due_words(language, moment.astimezone(timezone).date())


def bill_title(language: Language, contract: Contract, bill: Bill) -> str:
    return say(
        language,
        "bill_title",
        service=service_name(language, contract),
        period=period_words(language, bill.period),
        amount=signed_words(language, bill.amount_centimes),
    )


def metered(language: Language, contract: Contract, bill: Bill) -> list[str]:
    """Say the consumption, the indexes and how they came about, as far as the records tell."""
    values = {"consumption": bill.consumption, "unit": unit(language, contract)}
    if bill.previous_index is None or bill.new_index is None:
        text = say(language, "consumption_line", **values)
    else:
        text = say(language, "index_line", before=bill.previous_index, now=bill.new_index, **values)
    if bill.reading is not None:
        text = f"{text} ({say(language, f'reading_{bill.reading}')})"
    return [text]


def service_name(language: Language, contract: Contract) -> str:
    return say(language, f"service_{contract.service}")


def unit(language: Language, contract: Contract) -> str:
    return say(language, f"unit_{contract.service}")


def price_words(language: Language, price: Decimal) -> str:
    """Return a price in dirhams a unit: "2,99 DH", and where two decimals are not enough "0,9010 DH"."""
    whole, _, decimals = f"{price.normalize():f}".partition(".")
    decimals = decimals.ljust(2 if len(decimals) <= 2 else 4, "0")
    amount = amount_words(language, int(whole) * 100)
    point = "." if language is Language.EN else ","
    return amount.replace(f"{point}00", f"{point}{decimals}", 1)


def signed_words(language: Language, centimes: int) -> str:
    """Return an amount that may be a credit."""
    amount = amount_words(language, abs(centimes))
    return say(language, "credit", amount=amount) if centimes < 0 else amount


def change_words(language: Language, centimes: int) -> str:
    """Return a difference, and whether it is more or less: "+18,29 DH"."""
    key = "change_up" if centimes > 0 else "change_down"
    return say(language, key, amount=amount_words(language, abs(centimes)))


def _line(language: Language, contract: Contract, line: ChargedLine) -> str:
    amount = signed_words(language, line.amount_centimes)
    if line.kind == CONSUMPTION and line.quantity is not None and line.price is not None:
        price = price_words(language, line.price)
        return say(
            language,
            "bill_line_bracket",
            quantity=line.quantity,
            unit=unit(language, contract),
            price=price,
            amount=amount,
        )
    label = line.label if line.kind == "other" and line.label else say(language, f"line_{line.kind}")
    return say(language, "bill_line_other", label=label, amount=amount)


def _carried(language: Language, bill: Bill) -> list[str]:
    carried = bill.sum_of(ARREARS)
    return [say(language, "bill_with_arrears", amount=amount_words(language, carried))] if carried > 0 else []


def _values(language: Language, bill: Bill) -> dict[str, str]:
    return {
        "period": period_words(language, bill.period),
        "amount": amount_words(language, bill.amount_centimes),
        "due": due_words(language, bill.due_on),
    }
