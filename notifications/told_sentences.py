"""Sentences of notifications that people are told, in English; ``locale`` has the others."""

OF_REASONS = (
    "{reason}; {channel} did not work",
    "{reason}; {channel} is outside its hours",
    "{reason}; outside the hours of this address ({hours}), and no other way is within its own",
    "the service tells {channel} when an incident is {verb}",
    "the service tells the assignee",
    "the service tells the managers of its team",
    "you were told when it began",
    "you watch it",
    "you watch it. {name} wrote: {text}",
    "you watch it. {name} changed it",
    "you watch it. {name} changed it: {text}",
    "you watch it. {name} assigned it",
    "you watch it. {name} assigned it: {text}",
    "{name} sent it again",
    "somebody asked for a test",
    "somebody added this address to their account",
    "you tested {account}",
    "{name} asks everybody in {team} whether pages arrive",
)
OF_VERBS = (
    "opened",
    "notifications_resumed",
    "reopened",
    "acknowledged",
    "resolved",
    "merged",
    "sla_warning",
    "sla_breached",
)
OF_REPLIES = (
    "Reply: ack 1042, resolve 1042, escalate 1042 or status 1042; ack all for all of a message.",
    "Thank you. What is sent here reaches you.",
    "Several people have this address, and none of them was told of that here. Nothing is done.",
    "#{number} is no open incident of the message that you have answered. Nothing is done.",
    "#{number} is private. Ask for it where nobody else reads the answer.",
    "Nobody has this account in OpsPortal any more.",
    "{name}: this chat is one of your contact methods in OpsPortal now.",
    "That message to you was about no incident that is open.",
    "The last message to you was about no incident that is open.",
    "Which one? {numbers}. Nothing was changed.",
    "#{number} was resolved already.",
    "#{number} acknowledged.",
    "#{number} resolved.",
    "#{number} escalated.",
    "#{number} assigned.",
    "#{number} snoozed.",
    "Yours: #{number} acknowledged.",
    "#{number} acknowledged. {name} has it.",
    "That was an earlier round of #{number}: paging has started anew since.",
    "#{number} {title}: open, assigned to {name}.",
    "#{number} {title}: acknowledged, assigned to {name}.",
    "#{number} {title}: on_hold, assigned to {name}.",
    "#{number} {title}: resolved, assigned to {name}.",
    "nobody",
    "OpsPortal does not know who you are here, so nothing was changed. Add {channel} to your "
    "contact methods, and type the code that comes here: {url}",
    "OpsPortal does not know who you are here, so nothing was changed. Add Telegram to your "
    "contact methods there.",
    "OpsPortal does not know who you are here, so nothing was changed. "
    "<{url}|Add Slack to your contact methods> and type the code that comes here.",
)
OF_LINKS = (
    "This link is not complete, or not one of ours.",
    "This link was good for {days} days.",
    "This link was good for 15 minutes. Get a new one in OpsPortal.",
    "The incident does not exist.",
    "This test is too old.",
    "Since this test the address was changed, or is not used any more.",
    "This link is of an earlier message: since then paging has started anew for #{number}. "
    "Open the incident, or the newest message about it.",
)
OF_NOTICES = (
    "{method} does not receive pages any more",
    "{address} is not used until it is proved again: {reason}.",
    "Open this page on the device, and choose “Use this device” there.",
    "Correct the address, or have a code sent to it.",
)
SENTENCES = (*OF_REASONS, *OF_VERBS, *OF_REPLIES, *OF_LINKS, *OF_NOTICES)
