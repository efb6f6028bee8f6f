//! Owns the sentences of the documents; `{slots}` are named in `entities`. Must not know the detector.

/// Sentences with personal data.
pub(super) const PERSONAL: &[&str] = &[
    "The claim was filed by {name} on {date} and is complete.",
    "Please contact {name} at {email} before the end of the week.",
    "{name} asked for a copy of the signed form.",
    "Our records list {name}, born {dob}, as the policy holder.",
    "Dr. {family} saw the patient after lunch.",
    "Mrs. {name} left a message at {phone} about the refund.",
    "Dear {given}, thank you for your patience.",
    "The listing shows {reversed}; the second entry is blank.",
    "Reach the front desk at {phone} or write to {email}.",
    "Her SSN is {ssn} according to the intake form.",
    "Social security number: {ssn}.",
    "The applicant gave {ssn} as the tax number.",
    "His social security card shows {spaced-ssn} in print.",
    "ssn={bare-ssn} was typed without dashes.",
    "The card {card} was charged twice.",
    "Payment by card {card}, receipt sent to {email}.",
    "Call {bare-phone} after six in the evening.",
    "You can call {phone} at any time.",
    "Date of birth: {dob}.",
    "She was born on {dob} in a small town.",
    "DOB {dob}, height and weight unchanged.",
    "MRN: {mrn}, admitted through the emergency room.",
    "Medical record number {mrn} was merged yesterday.",
    "The chart of patient ID {mrn} is missing two pages.",
    "See MRN {letter-mrn} for the earlier stay.",
    "The parcel goes to {address}.",
    "He moved to {address} last spring.",
    "Send the forms to {box} and keep a copy.",
    "Home address on file is {address}, phone {phone}.",
    "We spoke with {name} and {name} about the lease.",
    "According to {name}, the meter was read on {date}.",
    "Signed by {name}, witnessed by {name}.",
    "From: {email}",
    "The caller, {name}, gave {phone} as a number for questions.",
];

/// Sentences without personal data that look as if they had some.
pub(super) const HARD: &[&str] = &[
    "Your order {looks-like-ssn} has left the warehouse.",
    "Invoice {looks-like-ssn} is due on {date}.",
    "Part {looks-like-phone} is out of stock.",
    "Ticket {looks-like-phone} was closed on {date}.",
    "The test card {bad-card} was declined as it should be.",
    "Tracking number {long-number} shows no movement.",
    "The meeting of {date} was moved to {date}.",
    "The contract dated {date} runs for {number} months.",
    "Version 4.12.{number} fixes the import of long files.",
    "The host 10.20.30.40 answered after {number} ms.",
    "Lincoln Memorial and Madison Park are closed on Monday.",
    "The Quarterly Report of the Finance Department is late.",
    "Jackson Hospital and Baker Street Library share one parking lot.",
    "Grant Park opens in May and Rose Hill in June.",
    "Building {number} of the North Campus has new windows.",
    "We counted {number} Oak trees and {number} Maple trees.",
    "The Mark Two engine and the Grace Period rule are explained below.",
    "Will Young people like the Summer Program?",
    "Reference AB-{looks-like-ssn} belongs to the archive.",
    "The ratio rose from 212 to 555 in {number} days.",
    "Mention @support or #billing in the ticket.",
    "The rule was written in March 2019 and changed in April 2021.",
];

/// Rare ones, written without regard to what a detector can do; some hold personal data.
pub(super) const TRICKY: &[&str] = &[
    "i talked to {lower} yesterday and he agreed.",
    "Batch {looks-like-ssn} went through quality control.",
    "Project Carter Bridge starts on {date}.",
    "The birthday offer is valid until {date}.",
    "Her day of arrival in this world was {dob}.",
    "The file {mrn} of the clinic was copied.",
    "{given} will bring the keys.",
    "The audit was done by Northern Instruments in {number} days.",
    "Patricia Falls is a small town with one road.",
    "Write to {given} at the usual place.",
    "Chart {long-number} of the patient survey shows the trend.",
];

/// Sentences without anything that looks like personal data.
pub(super) const FILLER: &[&str] = &[
    "The service was restarted after the update and has been stable since.",
    "Please read the attached notes before you answer.",
    "All figures are preliminary and may change in the final version.",
    "The committee agreed to look at the budget again next month.",
    "There were no complaints about the new form.",
    "Every request is logged and kept for ninety days.",
    "The water in the basement was pumped out during the night.",
    "It is not known yet how long the repair will take.",
    "Two of the three backups were restored without loss.",
    "The training covers safety, privacy and the use of the new system.",
    "Parking is free after six and on weekends.",
    "This message was sent automatically; replies are not read.",
    "The committee thanked everyone who had helped with the move.",
    "A second opinion was asked for and is expected soon.",
    "The old printer will be replaced when the budget allows it.",
];

/// What fills a document up to its size; may be cut anywhere.
pub(super) const PADDING: &str = "and so the rest of the page was left for notes that nobody has written yet ";
