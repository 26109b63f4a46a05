"""Titles of items of the card stream, by type of work."""

from __future__ import annotations

CARDS: dict[str, tuple[str, ...]] = {
    "feature": (
        "Freeze and unfreeze a card {in the app|in web banking|by phone with a spoken code}",
        "Choose the PIN {at the first log-in|at a branch terminal|again after three wrong tries}",
        "Show the PIN {after face recognition|in web banking with a one-time code}",
        "Virtual card for {business customers|online trials|a single purchase|a family member}"
        " #instant",
        "Card in the wallet {a minute after approval|before the plastic arrives|after a loss}"
        " #instant",
        "Apple Pay set up from {the welcome mail|the card page} #instant",
        "Google Pay set up from {the welcome mail|the card page} #instant",
        "Activate a card by {its first chip payment|tapping the phone|a call in six languages}"
        " #instant",
        "Customers set their limit for {cash abroad|online payments|contactless payments}",
        "Parents set {a weekly limit|allowed kinds of shop|a quiet time at night}"
        " on a child's card",
        "Replacement card with {a new design|a new number after fraud|its old number after damage}",
        "Card art for {the student plan|the premium plan|the football sponsorship|company staff}",
        "Fees for {cash abroad|replacement cards|foreign currencies} in plain words",
        "Statement shows {the original amount and rate|the merchant's trading name"
        "|subscriptions as a group|interest saved by paying early}",
        "Tell customers {why a payment was declined|that a card is about to expire"
        "|that a subscription costs more|that a refund has arrived}",
        "Chargeback: {evidence from the app|state of the case for the customer"
        "|form filled from the transaction} #disputes",
        "Dispute {a subscription|a cash withdrawal|a hotel's no-show fee} in three steps #disputes",
        "Provisional credit for {small amounts|customers in need} during a dispute #disputes",
        "Pay in instalments {at the till|afterwards in the app|with a business card}",
        "Round-up savings on {every card payment|weekend payments}",
        "Cash-back for {public transport|local shops|the first three months}",
        "Company cards: {spending per cost centre|receipts by photo|approval by a manager"
        "|export for the expense system}",
        "Prepaid card: {top up by transfer|top up in partner shops|pay the balance out}",
        "Metal card: {sample approved by the scheme|delivery against a signature}",
        "Travel notice {switches regional blocking off|is no longer needed within Europe}",
        "Card delivery: {tracking in the app|pick-up in a branch|to a work address}",
        "Explain the currency choice at {foreign cash machines|foreign tills}",
        "Card letter {in large print|in easy language|without paper}",
        "Notched card for blind customers",
        "Credit line {raised after six good months|lowered on request in the app"
        "|offered when it helps}",
        "Repay {the whole balance early|a chosen amount by transfer|on a chosen day of the month}",
        "Interest {shown per purchase|previewed before instalments are chosen}",
        "Loyalty points {as a statement credit|given to a charity|merged after a marriage}",
        "Gold card insurance: {cover shown in the app|claims with photos|partner for delays}",
        "Cards for {wards and their guardians|clubs with two signatories"
        "|newcomers without a tax number}",
        "Carbon footprint {per purchase|per month against last year}",
        "Customers block {gambling merchants|a single shop|payments outside the euro area}",
        "Closing a card {pays the points out|names the subscriptions it hits"
        "|keeps the statements readable}",
    ),
    "bug": (
        "Refund {webhooks are sent twice|of a split payment books the full amount"
        "|in a foreign currency uses yesterday's rate}",
        "Limit check {times out on Monday mornings|ignores reversals of the same day"
        "|counts declined payments}",
        "Wallet set-up fails {on phones with two SIM cards|after a new phone number"
        "|for cards renewed early}",
        "Statement {leaves out the last day of February|shows pending fees twice"
        "|cuts long merchant names}",
        "Contactless counter {is not reset after a PIN payment|resets at midnight UTC}",
        "PIN letter {lacks the last line of the address|goes to the old address after a move}",
        "Declined payment {stays pending for three days|is explained in the wrong language}",
        "Chargeback letter {names the wrong deadline|loses umlauts in the merchant's name}"
        " #disputes",
        "Card stays frozen after {it was unfrozen offline|a replacement was ordered}",
        "Recurring payments {fail once the card is renewed|are challenged as first payments}",
        "Yearly fee is {charged on the day of cancellation|waived for the wrong product}",
        "Fraud alert {for a hotel deposit already released|misses customers without the app"
        "|asks twice about one payment}",
        "Expense export {drops negative amounts|mixes up day and month}",
        "Cash-back {is paid for cancelled purchases|leaves tips out}",
        "Card search of the service desk {finds no hyphened names|times out for companies}",
        "Embossing file rejected {for long names|when two cards share a line}",
        "Exchange rate {is rounded before the fee|of the Swiss franc is a day old}",
        "Instalment plan {shows a wrong last payment|survives the return of the purchase}",
        "Points {expire a day early in leap years|are granted for fees}",
        "Letter to joint holders {reaches one of them only|carries both card numbers}",
        "Additional card {inherits the wrong limit|cannot be cancelled by its holder}",
    ),
    "debt": (
        "Replace {the embosser's file transfer|the home-made statement scheduler"
        "|SOAP calls to the address service}",
        "Split {limits from authorisation|statement rendering from fee booking"
        "|the card table by product}",
        "Retire {the old PIN service|the second fee engine|nightly copies of the card master"
        "|the fax gateway to the embosser}",
        "Contract tests between {issuing and ledger|issuing and fraud engine|issuing and app}",
        "Move {card events to the event stream|settlement files off the shared drive"
        "|secrets of the card services into the vault}",
        "Bring {the limit service to the current framework|the statement service to Java 21"
        "|the dispute forms off the old portal}",
        "Delete {feature flags older than a year|card products that nobody holds}",
        "Indexes for {the dispute archive|searches by merchant}",
        "Faster {build of the authorisation service|test data for renewals|start of the fee batch}",
        "One place for {merchant names|country codes of cash machines|decline reasons}",
    ),
    "risk": (
        "Strong authentication for {a change of address|the first wallet payment|a higher limit}"
        " #sca",
        "3-D Secure challenge for {recurring payments|business cards|telephone orders} #sca",
        "Rotate {the keys of the token vault|the certificates towards the scheme"
        "|the PIN block key}",
        "Purge {card numbers after seven years|evidence of closed disputes"
        "|recordings with card numbers}",
        "Audit trail of {limits changed by hand|waived fees|cards unblocked by hand}",
        "Fraud score on {contactless payments|prepaid top-ups|wallet set-up}",
        "Mask card numbers in {support screens|log files|the data warehouse}",
        "Four-eyes rule for {fee refunds|product changes|bulk card blocks}",
        "PCI evidence: {access reviews|penetration test findings|key ceremonies}",
        "Scheme mandate: {new decline codes|wider account ranges|contactless refunds}",
        "Sanctions check on {additional holders|owners of company cards}",
        "Report {fraud losses to the central bank|major incidents within four hours}"
        " from live data",
    ),
}
