package cache

import (
	"fmt"
	"hash/maphash"

	"github.com/maypok86/otter/v2"
)

// The bounds of [Options].
const (
	MinMemoryBytes     = 64 << 10
	MaxEntryBytesLimit = 256 << 20

	recordingShare    = 8
	defaultEntryShare = 16
	defaultEntryBytes = 32 << 20
)

// Options say how much a [Cache] may hold.
type Options struct {
	// MemoryBytes bounds the sum over all stored answers of body, key, fields and bookkeeping. At least [MinMemoryBytes].
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
	Bytes, BytesLimit int64 // weight of all stored answers, as Options.MemoryBytes counts it
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
	store          *otter.Cache[Key, *resource]
	keeper         *keeper
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
	}
	c.recording.limit = max(o.MemoryBytes/recordingShare, 2*maxEntry)
	c.store, err = otter.New(&otter.Options[Key, *resource]{
		MaximumWeight: uint64(o.MemoryBytes),
		Weigher:       func(_ Key, res *resource) uint32 { return uint32(res.weight()) },
		Executor:      c.keeper.run,
	})
	if err != nil {
		c.keeper.close()
		return nil, fmt.Errorf("build cache: %w", err)
	}
	return c, nil
}

// Close ends the cache's goroutine and returns when it has ended. It may be called twice. A closed cache still answers and
// stores; its upkeep then falls to its callers.
func (c *Cache) Close() { c.keeper.close() }

// Stats returns the present gauges. It may wait for the cache's upkeep, so it is not for the request path.
func (c *Cache) Stats() Stats {
	c.store.CleanUp()
	return Stats{
		Entries: c.store.EstimatedSize(), Bytes: int64(c.store.WeightedSize()), BytesLimit: c.memory,
		Recording: c.recording.taken.Load(), RecordingLimit: c.recording.limit,
	}
}
