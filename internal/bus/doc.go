// Package bus says how places that measure and the lookout speak to each other: subjects, an envelope, and small interfaces.
//
// Two packages carry it, bus/jetstream over NATS and bus/membus in memory for tests; bustest holds both to what is written here.
// docs/formats/bus.md describes what goes over it. The package looks into no payload.
//
// There are two kinds of subject. What a vantage says, its results and its health, is kept until the lookout has dealt with it. What is said to a
// vantage, its assignment, is told to whoever listens at that moment and kept nowhere: it is said again before long.
//
// What happens when something is wrong.
//
//   - Full. The bus keeps so many bytes, and so many messages of each vantage ([Limits]). What would be more is refused with [ErrFull]; nothing
//     that was kept makes room. Whoever publishes keeps it and tries again later.
//   - Slow. Whoever collects has so many messages in hand ([Limits].InHand) and is given more when it is done with these; meanwhile the bus
//     keeps the others, until it is full. Whoever listens and does not keep up loses the oldest, which are counted: the newest assignment is the
//     one that holds.
//   - Lost. Without a connection Publish fails with [ErrLost] at once, and holds nothing back. Collecting and listening wait, and go on by
//     themselves. What was published and not confirmed may have arrived: it is sent again and so may come twice.
//
// Delivery is at least once. Receivers know a message by vantage, run and sequence, for all time: no bus remembers for long what it has seen.
package bus
