"""What the platform stream works on: incidents, changes of its own, requests of other streams."""

from __future__ import annotations

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

REQUESTS = (
    ("Split postings per legal entity in the ledger interface", "split postings per legal entity"),
    ("Hold and release amounts in the ledger", "holding amounts in the ledger"),
    ("Spending so far as a ledger event", "the ledger event for spending so far"),
    ("Booking text of 140 characters from end to end", "the longer booking text"),
    ("Reverse a posting under its original date", "reversals under the original date"),
    ("Sub-accounts for savings goals", "sub-accounts in the ledger"),
    ("Balance of two signatories in one call", "the joint balance in one call"),
    ("Fee postings with a tax code", "fee postings with a tax code"),
    ("Instalment plans as ledger contracts", "instalment contracts in the ledger"),
    ("Postings readable within a second", "postings readable within a second"),
    ("Search of postings by merchant", "the search of postings by merchant"),
    ("Idempotent bookings for wallet refunds", "idempotent bookings"),
    ("Interest preview without booking it", "the interest preview"),
    ("Standing orders that can be paused in the ledger", "standing orders that can be paused"),
    ("Points account beside the money account", "the points account"),
    ("Closing an account with open disputes", "closing rules for open disputes"),
    ("Statement lines by cost centre", "statement lines by cost centre"),
    ("Available balance with pending bookings apart", "pending bookings as a figure apart"),
    ("Bulk postings for cash-back", "bulk postings for cash-back"),
    ("Ownership history of an account", "the ownership history of accounts"),
    ("Currency accounts in the ledger's test system", "currency accounts in the test system"),
    ("Posting limits per channel", "posting limits per channel"),
)
"""Title of what the platform is asked for, and how those who wait for it call it."""
