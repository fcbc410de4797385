// Package jetstream is the bus over NATS JetStream: in a server of its own inside this program ([Start]), or on a cluster elsewhere ([Connect]).
//
// The server has no port until it is given one, and that one speaks TLS alone. It knows its clients by nkeys (Ed25519): a vantage may publish
// watch.result.NAME and watch.health.NAME, hear watch.assign.NAME, and hear in an inbox of its own whether what it published was kept; the
// server refuses it everything else. Vantages come and go while it runs ([Server.SetVantages]); whoever goes is disconnected.
//
// What is kept lies in files below the server's folder and outlives a restart. They are flushed every few seconds: a machine that loses its
// power may lose the last few seconds of what nobody had collected. Each message stays until the lookout is done with it, two weeks at most,
// after which the store would not take it any more.
//
// JetStream can tell duplicates apart for a while by an identifier that their sender chooses, and that would be one for all vantages: one of
// them could have another's messages taken for duplicates. It is not used; receivers tell duplicates apart by what the subject says.
package jetstream
