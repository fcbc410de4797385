// Package pile walks piles of small files as they are handed around: files, folders, and archives (.tar.xz) read as a stream, member by member,
// each within limits. It knows nothing of what the files say.
//
// What cannot be read is told under its name, and the walk goes on: a damaged member costs itself, a damaged archive what follows in it.
package pile

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Errors of members.
var (
	// ErrTooLarge is the error of a member that is longer than [Limits.Member], of what would take more than [Limits.Total] in all, and of an
	// archive whose dictionary is larger than [MaxDictionary].
	ErrTooLarge = errors.New("too large")
	// ErrTooMany is the error of an archive or folder with more than [Limits.Members].
	ErrTooMany = errors.New("too many files")
	// ErrDamaged is the error of what cannot be unpacked.
	ErrDamaged = errors.New("damaged")
)

// MaxDictionary is the largest dictionary, in bytes, that an archive may ask for.
const MaxDictionary = 64 << 20

// Limits bound one walk. A zero field means its default, given here.
type Limits struct {
	Member  int64 // bytes of one file, unpacked: 64 MiB
	Total   int64 // bytes in all, unpacked: 2 GB
	Members int   // files in all: 200,000
}

func (l Limits) withDefaults() Limits {
	if l.Member <= 0 {
		l.Member = 64 << 20
	}
	if l.Total <= 0 {
		l.Total = 2_000_000_000
	}
	if l.Members <= 0 {
		l.Members = 200_000
	}
	return l
}

// Place is where a file lies.
type Place struct {
	Path   string // on this machine
	Member string // in the archive at Path, with its folders; empty for Path itself
}

// Name returns the file's own name, without folders.
func (p Place) Name() string {
	if p.Member != "" {
		return p.Member[strings.LastIndexByte(p.Member, '/')+1:]
	}
	return filepath.Base(p.Path)
}

// String returns the place in words, the member behind a "#".
func (p Place) String() string {
	if p.Member == "" {
		return p.Path
	}
	return p.Path + "#" + p.Member
}

// File is one file, or why there is none.
type File struct {
	Place
	Data []byte // valid until the function it was given to returns; nil with Err
	Err  error
	// Whole says that Err is about everything at Path, or behind this place in it, and that more files may be lost than this one.
	Whole bool
}

// Walk hands every file of paths to f, one after the other. A path is a file, an archive or a folder; of a folder, all files below it whose
// names end in .json, .csv or .xz are taken, in order of name, and links are not followed. What is an archive is told by its first bytes.
//
// It returns what f returned, the error of ctx, or that a path is not there or may not be read. When more than [Limits.Total] would have to be
// unpacked, or there are more than [Limits.Members], f is told so and the walk ends without an error.
func Walk(ctx context.Context, paths []string, limits Limits, f func(File) error) error {
	w := &walk{limits: limits.withDefaults(), do: f}
	for _, path := range paths {
		if err := w.path(ctx, path); err != nil {
			if errors.Is(err, errFull) {
				return nil
			}
			return err
		}
	}
	return nil
}

// errFull ends a walk whose caller was told that there is too much.
var errFull = errors.New("full")

type walk struct {
	limits  Limits
	total   int64 // bytes unpacked
	members int
	buffer  []byte
	do      func(File) error
}

func (w *walk) path(ctx context.Context, path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return w.file(ctx, path)
	}
	return filepath.WalkDir(path, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if !d.Type().IsRegular() || !slices.Contains([]string{".json", ".csv", ".xz"}, strings.ToLower(filepath.Ext(name))) {
			return nil
		}
		return w.file(ctx, name)
	})
}

// tell hands a file on, counting it.
func (w *walk) tell(ctx context.Context, f File) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if w.members++; w.members > w.limits.Members {
		return w.full(File{Place: f.Place, Err: fmt.Errorf("more than %d: %w", w.limits.Members, ErrTooMany)})
	}
	return w.do(f)
}

// full tells that the walk ends at f.
func (w *walk) full(f File) error {
	f.Whole = true
	if err := w.do(f); err != nil {
		return err
	}
	return errFull
}

// tooMuch is the error of what would take more than is read in all.
func (w *walk) tooMuch() error {
	return fmt.Errorf("more than %d bytes in all: %w", w.limits.Total, ErrTooLarge)
}
