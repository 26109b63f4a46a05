"""Titles of items of the mobile app's stream, by type of work."""

from __future__ import annotations

APP: dict[str, tuple[str, ...]] = {
    "feature": (
        "Sign in with {a passkey|a hardware key|the watch} #signin",
        "Open an account {with the chip of the identity card|by video call|as a couple"
        "|for a child} #onboarding",
        "Onboarding: {save and go on later|address taken from the identity card"
        "|no questions the bank can answer|progress in four steps} #onboarding",
        "Joint account: {invite the partner|see who paid|notes of one's own} #onboarding",
        "Search {across all accounts|for amounts and dates|by voice}",
        "Dark mode for {charts|documents|the branch finder}",
        "Savings goals {with a date|shared with a partner|with a picture}",
        "Widget with {the balance hidden until tapped|the next three bookings"
        "|transfers to favourites}",
        "Transfer: {payee from the phone's contacts|repeat the last one"
        "|photo of an invoice fills the form|split a bill with friends}",
        "Standing orders: {pause for a month|preview of the year|end after an amount}",
        "Documents: {search inside statements|share with the tax adviser|unread ones on top}",
        "Budgets: {categories one can rename|warning at four fifths|against last year}",
        "Branches: {book an appointment|waiting time|video advice on Saturdays}",
        "Chat: {hand over to a person|send a photo|earlier conversations}",
        "Push message when {the salary arrives|the balance gets low|a document awaits a signature}",
        "Accessibility: {names for all icons|order of focus in forms|charts as tables"
        "|contrast in the calendar}",
        "The app in {Turkish|Ukrainian|Arabic, right to left}",
        "Tablet layout for {transfers|the portfolio|documents}",
        "Export {a year as a table|a receipt as a picture|bookings for the tax return}",
        "Offline: {last bookings stay readable|prepared transfers wait for the network}",
        "Watch shows {the balance at a glance|approvals to confirm}",
        "Change one's {address|phone number|tax residence} without a letter",
        "Investing: {savings plan from 25 euros|fractions of shares|costs before the order}",
        "Cards tab: {all limits in one place|subscriptions found in bookings|freeze with a swipe}"
        " #instant",
        "Cash: {nearest machine that works|code instead of a card}",
        "Overview: {hide an account|sort accounts by hand|accounts of other banks}",
    ),
    "bug": (
        "Crash {when a tablet's keyboard is split|after the phone's language changes"
        "|when a chart has one point}",
        "Large type {cuts off amounts|hides the confirm button|overlaps the tab bar}",
        "Push message {opens the wrong account|arrives twice with two devices"
        "|is missing after reinstalling}",
        "Transfer {forgets its reference when edited|accepts a bank holiday|shows its fee late}",
        "Face recognition {is asked twice after an update|fails in landscape} #signin",
        "Onboarding {stops at double surnames|loses the identity photo on slow networks"
        "|asks for the tax number twice} #onboarding",
        "Search {ignores umlauts|finds deleted favourites}",
        "Dark mode {makes signatures unreadable|flickers when a document opens}",
        "Session {ends while one types a long reference|outlives the locked phone}",
        "Balance {jumps when pending bookings arrive|differs between widget and app}",
        "Calendar {starts on Sunday in German|skips the day the clocks change}",
    ),
    "debt": (
        "Move {the transfer form|the document view|settings|the account list}"
        " to the shared components",
        "Drop support for {Android 9|the old push service|the first design system}",
        "Screenshot tests for {onboarding|transfers|the overview}",
        "Start {in two seconds on old phones|without the analytics library}",
        "Replace {the home-made navigation|the charting library|the image cache}",
        "Release {notes written from the items|to both app shops on one day}",
        "Fewer {permissions asked at the start|requests for the overview"
        "|third-party libraries in onboarding}",
    ),
    "risk": (
        "Block {screenshots of card details|large transfers from rooted phones"
        "|overlay apps while signing}",
        "Consent {to analytics can be withdrawn|texts in plain words"
        "|log for the data protection officer}",
        "Device binding {when the SIM changes|for a second phone} #signin",
        "Penetration test: {findings in deep links|findings in the web view|certificate pinning}",
        "Terms {accepted again after the new law|archived in every version}",
        "Age check {for accounts of minors|before trading}",
    ),
}
