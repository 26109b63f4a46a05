"""Titles of items of the platform stream: incidents, own changes, requests of other streams."""

from __future__ import annotations

from dataclasses import dataclass

INCIDENTS = (
    "Postings {two hours late after the nightly batch|missing for one branch"
    "|doubled after a failover}",
    "Instant payments {rejected for twenty minutes|slow between eight and nine"
    "|stuck in status sent}",
    "Disk nearly full on {the message broker|the audit log|the statement archive|the build server}",
    "Certificate of {the clearing interface|the mail gateway|the identity service} about to expire",
    "Log-in {fails for one customer in fifty|slow from mobile networks"
    "|loops after a password change}",
    "Queue of {outgoing payments|fraud decisions|customer letters} does not drain",
    "Ledger {memory grows until restart|node leaves the cluster at midnight"
    "|replica forty minutes behind}",
    "Batch {ended without a booking report|overran the clearing cut-off"
    "|started twice when the clocks changed}",
    "Alarm {storm from the card gateway|of the vault stays silent|at every deployment}",
    "Latency of {authorisations above the scheme's limit|the customer search"
    "|the limit service in the evening}",
    "Backup of {the ledger fails its restore test|the document store takes eleven hours}",
    "Network: {loss between the data centres|address conflict in branches"
    "|firewall drops long connections}",
    "Clock {drift on two payment nodes|in the wrong zone in the settlement report}",
    "Single sign-on {down for the back office|rejects new colleagues}",
    "Deployment {left a node on the old version|had to be rolled back|hangs in the approval step}",
    "Direct debits {returned with an unknown code|collected a day early}",
    "Sanctions list {not updated overnight|flags an airport code}",
    "Cash machines {offline in the north-west|pay out but do not book}",
    "Rate limit {blocks an account aggregator|not applied to one partner}",
    "Print run of statements {stopped in the middle|has blank pages}",
    "Dashboard {shows no payments although they flow|counts test traffic}",
    "Database {locks on the customer table at nine|picks a bad plan after statistics"
    "|out of connections at month's end}",
    "Mail to customers {delayed at the provider|taken for spam by a large mail host}",
    "Event stream {has a gap of eleven minutes|repeats events after rebalancing}",
    "Fraud engine {answers with its default score|unreachable from the second data centre}",
    "Cache {serves yesterday's balances|cold after every release}",
    "File of {the tax office unreadable|the pension fund empty|the embosser in quarantine}",
    "Partner {sends payments without identification|exceeds its daily volume}",
    "Interest run {stops at accounts closed today|sets two accounts to zero}",
    "Storage {failed over without notice|twice as slow during backups}",
    "Webhooks {pile up for one merchant|rejected since the key change}",
    "Customer search {returns closed accounts|down after reindexing}",
    "Scheduled transfers {did not run on the holiday|ran before the salary was booked}",
    "Branch terminals {cannot print|lose their session every hour}",
    "Feature flags {answer slowly|lost last night's settings}",
    "Reconciliation {one cent off every night|waits for a file of the scheme}",
    "Vault {sealed after maintenance|denies the new build agents}",
    "Currency table {loaded without the zloty|loaded twice}",
    "Overdraft letters {sent to customers in credit|not sent since the weekend}",
    "Phone banking {hears no key tones|drops calls after the greeting}",
)

CHANGES: dict[str, tuple[str, ...]] = {
    "feature": (
        "Payment status {as an event stream|in the partner interface}",
        "Rate limits {per partner|that say when to try again}",
        "Reject codes {in plain words|mapped once for all channels}",
        "Batch files {above 50,000 lines|checked before they are accepted}",
        "Cost per payment {shown per product|of the cloud accounts halved}",
        "Trace {a payment across all services|slow requests to their query}",
        "Service catalogue {with owners|with promised hours}",
        "Ledger: {one transaction per batch|balance per day as a table|read replicas for reports}"
        " #ledger",
    ),
    "debt": (
        "Move {the clearing job|the interest run|statement rendering|the audit log}"
        " off the old cluster #cluster",
        "Decommission {the mainframe's report writer|the old message broker"
        "|two of three schedulers} #cluster",
        "Ledger: {archive entries older than ten years|partition the postings table"
        "|upgrade the database cluster} #ledger",
        "Deploy {in under ten minutes|the ledger behind a canary|without a maintenance window}",
        "Alarms {that name the customer's loss|routed by team|only for what needs a person}",
        "Test data {without real customers|reset within a minute}",
        "Renew certificates by themselves: {internal services|the partner gateway}",
    ),
    "risk": (
        "Second data centre: {switch-over drill in daylight|copy of the vault"
        "|measured time to recover} #resilience",
        "Runbooks for {the five most frequent alarms|the month-end close"
        "|the loss of a data centre} #resilience",
        "Secrets {rotated without a restart|out of the build server}",
        "Access {to production by the hour|reviews without spreadsheets}",
        "Network {zones for card data|rules as code}",
        "Patch {all nodes within a week|day for the message broker}",
        "Capacity {forecast for the Christmas peak|reserve of the ledger nodes} #resilience",
        "Standby {duty shared by two teams|phone that escalates}",
    ),
}


@dataclass(frozen=True, slots=True)
class Request:
    """What another stream asks the platform for.

    ``short`` is how those who wait call it; ``words`` occur in titles of items that need it, an
    empty one in all.
    """

    stream: str
    title: str
    short: str
    words: tuple[str, ...]


REQUESTS = (
    Request(
        "cards",
        "Split postings per legal entity in the ledger interface",
        "split postings per legal entity",
        ("compan", "business", "clubs"),
    ),
    Request(
        "cards",
        "Hold and release amounts in the ledger",
        "holding amounts in the ledger",
        ("prepaid", "virtual", "wards", "credit"),
    ),
    Request(
        "cards",
        "Spending so far as a ledger event",
        "the ledger event for spending so far",
        ("limit", "parents", "block"),
    ),
    Request(
        "cards",
        "Booking text of 140 characters from end to end",
        "the longer booking text",
        ("statement", "tell customers"),
    ),
    Request(
        "cards",
        "Reverse a posting under its original date",
        "reversals under the original date",
        ("dispute", "chargeback", "freeze"),
    ),
    Request(
        "cards",
        "Fee postings with a tax code",
        "fee postings with a tax code",
        ("fees", "replacement", "currency", "metal"),
    ),
    Request(
        "cards",
        "Instalment plans as ledger contracts",
        "instalment contracts in the ledger",
        ("instalment", "repay", "interest"),
    ),
    Request(
        "cards",
        "Idempotent bookings for wallet payments",
        "idempotent bookings",
        ("wallet", "apple pay", "google pay", "activate"),
    ),
    Request(
        "cards",
        "Points account beside the money account",
        "the points account",
        ("points", "closing a card", "carbon"),
    ),
    Request(
        "cards",
        "Statement lines by cost centre",
        "statement lines by cost centre",
        ("cost centre", "expense", "company cards"),
    ),
    Request(
        "cards",
        "Bulk postings for small amounts",
        "bulk postings for small amounts",
        ("cash-back", "round-up"),
    ),
    Request("cards", "Posting limits per channel", "posting limits per channel", ("",)),
    Request("cards", "Card accounts in the ledger's test system", "card test accounts", ("",)),
    Request("cards", "Postings that name the card used", "postings that name the card", ("",)),
    Request(
        "app", "Sub-accounts for savings goals", "sub-accounts in the ledger", ("savings", "budget")
    ),
    Request(
        "app",
        "Balance of two signatories in one call",
        "the joint balance in one call",
        ("joint", "overview", "account for", "as a couple"),
    ),
    Request(
        "app",
        "Postings readable within a second",
        "postings readable within a second",
        ("push message", "widget", "watch"),
    ),
    Request(
        "app",
        "Search of postings by merchant",
        "the search of postings by merchant",
        ("search", "subscriptions", "export"),
    ),
    Request(
        "app",
        "Standing orders that can be paused in the ledger",
        "standing orders that can be paused",
        ("standing orders", "transfer"),
    ),
    Request(
        "app",
        "Ownership history of an account",
        "the ownership history of accounts",
        ("open an account", "onboarding", "change one's"),
    ),
    Request("app", "Pending bookings as a figure apart", "pending bookings apart", ("",)),
    Request("app", "Currency accounts in the test system", "test accounts in currencies", ("",)),
    Request("app", "Bookings in pages of a hundred", "bookings in pages", ("",)),
)
"""What the platform is asked for; those that fit any title are asked for last."""

NEED_NO_LEDGER = (
    "accessibility",
    "branches",
    "card art",
    "card delivery",
    "card letter",
    "chat",
    "dark mode",
    "documents",
    "notched card",
    "tablet layout",
    "the app in",
)
"""How the titles begin of work that has nothing to do with money moved."""
