// Package cache is the shared HTTP cache of the edge, in memory, after RFC 9111.
//
// [Cache.Lookup] says what is at hand for a request and reads only, so that decisions may call it. Everything that changes the
// cache happens when an answer of the origin comes back: [Cache.Begin] opens a [Recording] for an answer that may be stored,
// [Cache.Refresh] renews a stored one that the origin confirmed, [Cache.Invalidate] sends what an unsafe request may have changed
// back to the origin for confirmation, and [Cache.MarkPrivate] remembers for a moment that an answer was for one reader alone. What
// is stored is an [Entry]: immutable, shared by everyone, safe to serve after it has left the cache.
//
// The memory of stored answers is bounded by [Options.MemoryBytes]; which ones leave first is decided by how often and how
// lately they were used. Answers being recorded are not part of that sum: each is bounded by [Options.MaxEntryBytes], all together
// by [Stats.RecordingLimit], and one that finds no room is not stored.
//
// The cache is strict where RFC 9111 leaves room. Only explicit freshness makes a response fresh (no heuristics, section
// 4.2.2, but for a 404 or 410 that says nothing: see negativeLifetime), partial responses are not stored, contradicting or malformed
// freshness counts as none, and a malformed Cache-Control field forbids storing. CDN-Cache-Control is heard before Cache-Control
// (RFC 9213). A stranger's wish for a fresher answer (Cache-Control and Pragma in requests, section 5.2.1) is advice that
// [Hit.WantsNewer] passes on, so that nobody can reach past the cache by asking while the origin is hard pressed.
//
// It takes every request for a stranger's. What is stored is about the resource and not about the one request that brought it, so
// most errors are not stored, and none but 404 and 410 takes the place of a page that can still be served. A request with a body
// is not the cache's business; one with a Range is answered from the whole, if that is at hand, and its answer is not stored. Spellings of
// Accept-Encoding come down to eight ([Cache.AcceptEncoding]).
//
// Query keys that only tell where a visitor came from are left out of the key ([Options.IgnoredQueryKeys]). Whoever forwards a
// request that is not a [Bypass] must leave them out too ([Cache.Query]) and send the canonical Accept-Encoding, or a stranger could
// choose what everybody else reads.
//
// All methods may be called by many goroutines at once.
package cache
