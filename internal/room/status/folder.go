package status

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/seawall-project/seawall"
)

// Folder is a rendered folder: what is in each file, by name. Names are those that [Names] returns.
type Folder map[string][]byte

// Names of files that are the same in every folder.
const (
	Index = "index.html"
	JSON  = "status.json"
)

// page returns the name of a language's page. That of the first is [Index].
func pageName(all []seawall.Language, l seawall.Language) string {
	if l == all[0] {
		return Index
	}
	return l.String() + ".html"
}

func feedName(l seawall.Language) string { return "feed." + l.String() + ".xml" }

// Names returns every name that a file of a folder can have, in order.
func Names() []string {
	all := []string{Index, JSON}
	for _, l := range seawall.Languages() {
		all = append(all, l.String()+".html", feedName(l))
	}
	slices.Sort(all)
	return all
}

// ContentType returns the media type of a file of a folder.
func ContentType(name string) string {
	switch filepath.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".json":
		return "application/json"
	case ".xml":
		return "application/atom+xml"
	}
	return "application/octet-stream"
}

// Ordered returns the names in f in the order in which they are to be published: what is for machines first and the index last, so that a
// page is never older than what it points to.
func (f Folder) Ordered() []string {
	return slices.SortedFunc(maps.Keys(f), func(a, b string) int {
		if c := rank(a) - rank(b); c != 0 {
			return c
		}
		return strings.Compare(a, b)
	})
}

func rank(name string) int {
	switch {
	case name == Index:
		return 2
	case strings.HasSuffix(name, ".html"):
		return 1
	}
	return 0
}

// Modes of what is written: everybody may read it.
const (
	folderMode = 0o755
	fileMode   = 0o644
)

// part is the beginning of the names of files that are not whole yet.
const part = ".seawall-status-"

// Write makes what is in dir be f. Each file is written beside its place, has reached the disk, and is then renamed, so that whoever reads, and
// whatever crashes, finds whole files; files of a page may be one page old meanwhile. Files that a status page can have and f has not are
// removed, as is what an earlier Write left half done; all others are left alone. dir is made when it is not there. Write is not for two at once.
func (f Folder) Write(dir string) error {
	if err := f.write(dir); err != nil {
		return fmt.Errorf("write status page into %s: %w", dir, err)
	}
	return nil
}

func (f Folder) write(dir string) error {
	for name := range f {
		if !slices.Contains(Names(), name) {
			return fmt.Errorf("%q is no file of a status page", name)
		}
	}
	if err := os.MkdirAll(dir, folderMode); err != nil {
		return err
	}
	if err := tidy(dir); err != nil {
		return err
	}
	for _, name := range f.Ordered() {
		if err := replace(filepath.Join(dir, name), f[name]); err != nil {
			return err
		}
	}
	for _, name := range Names() {
		if _, ok := f[name]; ok {
			continue
		}
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return syncFolder(dir)
}

// tidy removes what an earlier Write left half done.
func tidy(dir string) error {
	all, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range all {
		if !strings.HasPrefix(e.Name(), part) || !e.Type().IsRegular() {
			continue
		}
		if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// replace puts data at path in one step.
func replace(path string, data []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), part+"*")
	if err != nil {
		return err
	}
	err = errors.Join(fill(tmp, data), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		_ = os.Remove(tmp.Name()) // what is left all the same, the next Write removes
	}
	return err
}

// fill writes data into a file and has it reach the disk.
func fill(f *os.File, data []byte) error {
	if _, err := f.Write(data); err != nil {
		return err
	}
	if err := f.Chmod(fileMode); err != nil {
		return err
	}
	return f.Sync()
}

// syncFolder has the renames reach the disk.
func syncFolder(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // folders are not flushed there
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
