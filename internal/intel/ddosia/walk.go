package ddosia

import (
	"context"
	"crypto/sha256"
	"time"

	"github.com/seawall-project/seawall/internal/intel/pile"
)

// File is one list of a pile, or why it is none.
type File struct {
	pile.Place
	At time.Time // when it was fetched, by its name, in UTC; zero when the name does not say
	// Named is the same without looking at when the list's orders were made, which strangers write. It differs for lists named in UTC alone.
	Named  time.Time
	SHA256 [sha256.Size]byte
	List   *List // nil with Err
	Err    error // wraps one of this package's errors or of package pile's
	Whole  bool  // see [pile.File]
}

// Walk hands every list in paths to f, one after the other, in one pass and in the order in which they lie there, which need not be that of
// time. Paths are files, folders and .tar.xz archives, see [pile.Walk], whose errors it returns; what is no list is handed on with its Err.
// limits bound each list; 64 MiB bound a member, and 2 GB a walk.
func Walk(ctx context.Context, paths []string, limits Limits, f func(File) error) error {
	return pile.Walk(ctx, paths, pile.Limits{Member: limits.withDefaults().Bytes}, func(p pile.File) error {
		return f(FromFile(p, limits))
	})
}

// Named returns when a file of that name was fetched, in UTC, as trackers name lists; zero when the name does not say.
func Named(name string) time.Time { return fetched(name, time.Time{}) }

// FromFile reads a file of a pile as a list.
func FromFile(p pile.File, limits Limits) File {
	file := File{Place: p.Place, Err: p.Err, Whole: p.Whole}
	if p.Err != nil {
		return file
	}
	file.SHA256 = sha256.Sum256(p.Data)
	if file.List, file.Err = ParseBytes(p.Data, limits); file.Err == nil {
		file.At, file.Named = fetched(p.Name(), file.List.youngest()), fetched(p.Name(), time.Time{})
	}
	return file
}

// youngest returns when the last of the list's orders was made, as far as they say; zero when none does.
func (l *List) youngest() (last time.Time) {
	for i := range l.Entries {
		if t := l.Entries[i].Made(); t.After(last) {
			last = t
		}
	}
	return last
}
