package cache

import (
	"fmt"
	"hash/maphash"
)

// The bounds of [Options].
const (
	MinMemoryBytes     = 64 << 10
	MaxEntryBytesLimit = 256 << 20

	recordingShare    = 8
	seenShare         = 16
	maxSeen           = 64 << 20
	defaultEntryShare = 16
	defaultEntryBytes = 32 << 20
)

// Options say how much a [Cache] may hold.
type Options struct {
	// MemoryBytes bounds the sum over all stored answers of body, compressed forms, key, fields and bookkeeping, and a sixteenth for the book of what
	// was stored before. At least [MinMemoryBytes].
	MemoryBytes int64
	// MaxEntryBytes bounds one stored answer, and what one [Recording] may take before it gives up. Zero means a sixteenth
	// of MemoryBytes, at most 32 MiB; otherwise at most MemoryBytes and [MaxEntryBytesLimit].
	MaxEntryBytes int64
	// IgnoredQueryKeys are keys of a query that do not change the answer, such as "fbclid"; one that ends in "*" stands for
	// all keys that begin so. They are compared as written, without decoding. Nil means [DefaultIgnoredQueryKeys], an empty
	// list means none.
	IgnoredQueryKeys []string
}

// Stats are a cache's gauges.
type Stats struct {
	Entries           int   // keys with at least one stored answer, about
	Bytes, BytesLimit int64 // weight of all stored answers; a sixteenth of the limit is for the book of what was stored before
	// Trial is what of Bytes is on trial: answers to URLs with a query, and errors, that were stored for the first time.
	Trial, TrialLimit       int64
	Variants, VariantsLimit int // answers; at most eight a key
	Tags, TagsLimit         int // tags of all answers; at most 64 an answer
	Purges, PurgesLimit     int // purges remembered for answers under way
	// Compressions are the bodies that are being compressed.
	Compressions, CompressionsLimit int64
	// Recording is the bytes that all recordings hold now. RecordingLimit is an eighth of Options.MemoryBytes, at least two
	// answers of Options.MaxEntryBytes; its last quarter is kept for recordings of at most 256 KiB.
	Recording, RecordingLimit int64
}

// Cache is a shared cache. It is made by [New] and must be closed.
type Cache struct {
	memory   int64
	maxEntry int64
	ignored  *ignoredKeys

	seedHi, seedLo maphash.Seed
	main, trial    *segment
	seen           *seen
	tally          tally
	purges         purges
	keeper         *keeper
	presses        *presses
	recording      budget

	private     marks // when a key's answer last turned out to be for one reader alone
	invalidated marks // when a key was last invalidated
}

// New returns an empty cache with one goroutine that keeps its books.
func New(o Options) (*Cache, error) {
	if o.MemoryBytes < MinMemoryBytes {
		return nil, fmt.Errorf("cache memory of %d bytes: at least %d are needed", o.MemoryBytes, MinMemoryBytes)
	}
	maxEntry := o.MaxEntryBytes
	if maxEntry == 0 {
		maxEntry = min(o.MemoryBytes/defaultEntryShare, defaultEntryBytes)
	}
	if limit := min(o.MemoryBytes, MaxEntryBytesLimit); maxEntry < 0 || maxEntry > limit {
		return nil, fmt.Errorf("cache entry of %d bytes: between 1 and %d are possible", maxEntry, limit)
	}
	ignored, err := newIgnoredKeys(o.IgnoredQueryKeys)
	if err != nil {
		return nil, err
	}
	c := &Cache{
		memory:   o.MemoryBytes,
		maxEntry: maxEntry,
		ignored:  ignored,
		seedHi:   maphash.MakeSeed(),
		seedLo:   maphash.MakeSeed(),
		keeper:   newKeeper(),
		presses:  newPresses(),
	}
	c.recording.limit = max(o.MemoryBytes/recordingShare, 2*maxEntry)
	trial := o.MemoryBytes / trialShare
	c.seen = newSeen(min(o.MemoryBytes/seenShare, maxSeen))
	if c.main, err = c.newSegment(o.MemoryBytes - trial - c.seen.bytes()); err == nil {
		c.trial, err = c.newSegment(trial)
	}
	if err != nil {
		c.keeper.close()
		return nil, err
	}
	return c, nil
}

// Close ends the cache's goroutines and returns when they have ended. It may be called twice. A closed cache still answers and
// stores; its upkeep then falls to its callers, and it compresses nothing more.
func (c *Cache) Close() {
	c.presses.close()
	c.keeper.close()
}

// Stats returns the present gauges. It may wait for the cache's upkeep, so it is not for the request path.
func (c *Cache) Stats() Stats {
	c.main.CleanUp()
	c.trial.CleanUp()
	entries, trial := c.main.EstimatedSize()+c.trial.EstimatedSize(), int64(c.trial.WeightedSize())
	variants := int(c.tally.variants.Load())
	return Stats{
		Entries: entries, Bytes: int64(c.main.WeightedSize()) + trial, BytesLimit: c.memory,
		Trial: trial, TrialLimit: c.trial.limit,
		Variants: variants, VariantsLimit: entries * maxVariants,
		Tags: int(c.tally.tags.Load()), TagsLimit: variants * maxTags,
		Purges: c.purges.count(), PurgesLimit: purgesMax,
		Compressions: c.presses.running.Load(), CompressionsLimit: c.presses.limit,
		Recording: c.recording.taken.Load(), RecordingLimit: c.recording.limit,
	}
}
