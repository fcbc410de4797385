// Package agent is what measures from another place and tells the lookout over the bus.
//
// It does what it is assigned within limits of its own, whatever the bus says. Whoever runs the agent names the registrable domains that may be
// asked; there, only a GET of a home page or of one agreed page leaves, on ports 80 and 443, without a body, once a minute, or once in half a minute
// for ten minutes while there is doubt. The list and the budget hold in the function that opens a connection, [probe.Options], and assignments that
// want more are cut to it here. An assignment ends when it is not renewed.
//
// What it finds goes into a [Box] first and is sent from there, the newest first, because only what is fresh is a vote. While the line is down it
// goes on measuring as long as its assignment holds; what was found meanwhile is sent later, with its own times. A result is in memory alone for
// a second at most.
package agent
