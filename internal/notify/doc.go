// Package notify tells people what the lookout sees: that a site is disturbed or down, that it answers again, that an attack list names it.
//
// Whoever watches hands a [Message] to a [Dispatcher]. That one decides who hears of it and when: several steps of one incident within a
// short wait are one message, many sites that fail at once are one digest, everybody is told of their own sites and of those as they stand, what grows is told again
// in its time, who was not told of a failure is not told of its end, and nobody is told the same twice on purpose but to be reminded. What is to be sent is written to an [Outbox] first and sent from there, in order, by one worker
// for each channel of each receiver, so that a slow or broken channel delays no other. What could not be delivered is tried again until it
// is [GiveUpAfter] old. A channel is a [Notifier]; packages shout, mail and webhook are those that exist, and notifytest is what each has
// to pass.
//
// Delivery is at least once: a message may come twice when Seawall is ended between sending it and noting so. Each carries the id of its
// [Notice], by which whoever receives it can tell.
//
// No error, log line or status text of this package or its channels holds a secret: not a password, a token, nor a URL or a part of one
// beyond its host.
//
// Nothing is ever sent to a watched site from here, and nothing that the package reads from the other side of a channel reaches a person
// but a status code.
package notify
