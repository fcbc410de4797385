package pile

import (
	"archive/tar"
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// testdata/lists.tar.xz holds a/one.json ("one"), a link, and b/two.json ("two"); bomb.xz unpacks to 4 MiB of zeros and bomb.tar.xz to a
// member of so many; plain.json.xz is "plain", packed alone.

type told struct {
	Place string // its last part, and the member
	Data  string
	Err   error
	Whole bool
}

func walkAll(t *testing.T, limits Limits, paths ...string) []told {
	t.Helper()
	var all []told
	err := Walk(t.Context(), paths, limits, func(f File) error {
		x := told{Place: filepath.Base(f.Path) + "#" + f.Member, Data: string(f.Data), Whole: f.Whole}
		for _, known := range []error{ErrTooLarge, ErrTooMany, ErrDamaged} {
			if errors.Is(f.Err, known) {
				x.Err = known
			}
		}
		if (f.Err == nil) != (x.Err == nil) {
			t.Errorf("%s: got error %v, which is none of ours", f.Place, f.Err)
		}
		all = append(all, x)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func same(t *testing.T, want, got []told) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmp.Comparer(errors.Is)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

const lists = "testdata/lists.tar.xz"

func TestWalk(t *testing.T) {
	same(t, []told{
		{Place: "lists.tar.xz#a/one.json", Data: "one"},
		{Place: "lists.tar.xz#b/two.json", Data: "two"},
		{Place: "plain.json.xz#", Data: "plain"},
	}, walkAll(t, Limits{}, lists, "testdata/plain.json.xz"))
}

func TestWalkFolder(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"b.json", "a.CSV", "c.txt", "sub/d.json"} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(name), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Join(dir, "b.json"), filepath.Join(dir, "z.json")); err != nil {
		t.Logf("without a link: %v", err)
	}
	same(t, []told{{Place: "a.CSV#", Data: "a.CSV"}, {Place: "b.json#", Data: "b.json"}, {Place: "d.json#", Data: "sub/d.json"}},
		walkAll(t, Limits{}, dir))
}

func TestWalkLimits(t *testing.T) {
	one, two := told{Place: "lists.tar.xz#a/one.json", Data: "one"}, told{Place: "lists.tar.xz#b/two.json", Data: "two"}
	same(t, []told{one, {Place: "lists.tar.xz#", Err: ErrTooMany, Whole: true}}, walkAll(t, Limits{Members: 1}, lists, lists))
	same(t, []told{one, {Place: "lists.tar.xz#b/two.json", Err: ErrTooMany, Whole: true}}, walkAll(t, Limits{Members: 2}, lists))
	same(t, []told{{Place: "bomb.tar.xz#bomb.json", Err: ErrTooLarge}, one, two}, walkAll(t, Limits{Member: 1 << 20}, "testdata/bomb.tar.xz", lists))
	same(t, []told{{Place: "bomb.xz#", Err: ErrTooLarge}, one, two}, walkAll(t, Limits{Member: 1 << 20}, "testdata/bomb.xz", lists))
	// What is too much in all ends the walk, whether it is looked at or skipped.
	same(t, []told{{Place: "bomb.xz#", Err: ErrTooLarge, Whole: true}}, walkAll(t, Limits{Total: 1 << 20}, "testdata/bomb.xz", lists))
	same(t, []told{{Place: "bomb.tar.xz#bomb.json", Err: ErrTooLarge}, {Place: "bomb.tar.xz#", Err: ErrTooLarge, Whole: true}},
		walkAll(t, Limits{Total: 1 << 20, Member: 1 << 10}, "testdata/bomb.tar.xz", lists))
}

func TestWalkDamaged(t *testing.T) {
	whole, err := os.ReadFile(lists)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "cut.tar.xz")
	if err := os.WriteFile(path, whole[:len(whole)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	same(t, []told{{Place: "cut.tar.xz#", Err: ErrDamaged, Whole: true}, {Place: "plain.json.xz#", Data: "plain"}},
		walkAll(t, Limits{}, path, "testdata/plain.json.xz"))

	path = filepath.Join(filepath.Dir(path), "greedy.tar.xz")
	if err := os.WriteFile(path, withDictionary(t, whole, 31), 0o600); err != nil {
		t.Fatal(err)
	}
	same(t, []told{{Place: "greedy.tar.xz#", Err: ErrTooLarge, Whole: true}}, walkAll(t, Limits{}, path))
}

// withDictionary changes the size of the dictionary in the header of the first block (the .xz file format, sections 3.1 and 5.3.1).
func withDictionary(t *testing.T, file []byte, size byte) []byte {
	t.Helper()
	const block = 12 // behind the stream's header
	file = bytes.Clone(file)
	n := (int(file[block]) + 1) * 4
	head := file[block : block+n]
	at := bytes.IndexByte(head, 0x21) // the filter LZMA2, its properties one byte long
	if at < 0 || head[at+1] != 1 {
		t.Fatal("the block's header has another form")
	}
	head[at+2] = size
	binary.LittleEndian.PutUint32(head[n-4:], crc32.ChecksumIEEE(head[:n-4]))
	return file
}

func FuzzWalk(f *testing.F) {
	for _, path := range []string{lists, "testdata/plain.json.xz"} {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	var plain bytes.Buffer
	w := tar.NewWriter(&plain)
	if err := errors.Join(w.WriteHeader(&tar.Header{Name: "x.json", Size: 2, Mode: 0o600}), func() error { _, err := w.Write([]byte("{}")); return err }(), w.Close()); err != nil {
		f.Fatal(err)
	}
	f.Add(plain.Bytes())
	path := filepath.Join(f.TempDir(), "x.xz")
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		limits := Limits{Member: 1 << 16, Total: 1 << 18, Members: 10}
		files := 0
		err := Walk(t.Context(), []string{path}, limits, func(file File) error {
			if files++; files > limits.Members+1 || int64(len(file.Data)) > limits.Member || file.Data != nil && file.Err != nil {
				t.Errorf("file %d has %d bytes, error %v", files, len(file.Data), file.Err)
			}
			if file.Err != nil && strings.Contains(file.Err.Error(), "xz:") {
				t.Errorf("an error in another's words: %v", file.Err)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}
