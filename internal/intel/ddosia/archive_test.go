package ddosia

import (
	"archive/tar"
	"bufio"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/therootcompany/xz"

	"github.com/seawall-project/seawall/internal/testkit/require"
)

// lists.tar.xz holds lists/2025-01-02_03-04-05_DDoSia-target-list-full.json (testdata/list.json), lists/2025-01-03_00-00-00.json
// (an empty list) and more/2025-01-03_00-00-00.json (one order); large.tar.xz holds lists/large.json, 64 MiB and one byte of zeros.
const (
	archive = "testdata/lists.tar.xz"
	large   = "testdata/large.tar.xz"
)

func TestOpenMember(t *testing.T) {
	tests := []struct {
		member string
		want   int // entries
	}{
		{"lists/2025-01-02_03-04-05_DDoSia-target-list-full.json", 4},
		{"2025-01-02_03-04-05_DDoSia-target-list-full.json", 4},
		{"2025-01-02_03-04-05_DDoSia-target-list-full", 4},
		{"2025-01-02_03-04-05", 4},
		{"./lists/2025-01-02_03-04-05", 4},
		{"2025-01-03_00-00-00", 0},
		{"more/2025-01-03_00-00-00", 1},
	}
	for _, tt := range tests {
		r, err := OpenMember(archive, tt.member)
		if err != nil {
			t.Errorf("open %q: %v", tt.member, err)
			continue
		}
		list, err := Parse(r, Limits{})
		if err != nil || len(list.Entries) != tt.want {
			t.Errorf("%q: got list %v, error %v, want %d entries", tt.member, list, err, tt.want)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestOpenMemberRefuses(t *testing.T) {
	tests := []struct {
		archive, member string
		want            error
	}{
		{archive, "2025-01-04", ErrNoMember},
		{archive, "", ErrNoMember},
		{archive, "lists", ErrNoMember},
		{archive, "other/2025-01-02_03-04-05", ErrNoMember},
		{large, "large", ErrTooLarge},
		{"testdata/none.tar.xz", "large", os.ErrNotExist},
	}
	for _, tt := range tests {
		_, err := OpenMember(tt.archive, tt.member)
		if !errors.Is(err, tt.want) {
			t.Errorf("%q: got error %v, want %v", tt.member, err, tt.want)
		}
		if err != nil && strings.Contains(err.Error(), "_DDoSia") {
			t.Errorf("%q: error names another member: %v", tt.member, err)
		}
	}
	if _, err := OpenMember("testdata/list.json", "x"); err == nil {
		t.Error("got no error for a file that is no archive")
	}
}

// The public archive is known in numbers: 2,721 lists, 14 of them without orders.
func TestParseArchive(t *testing.T) {
	path := filepath.Join(require.Data(t), "ddosia", "lists-2023-06--2025-05.tar.xz")
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	unpacked, err := xz.NewReader(bufio.NewReader(f), dictBytes)
	if err != nil {
		t.Fatal(err)
	}
	type totals struct{ Lists, Empty, Entries, Randoms, Skipped, Other int }
	var got totals
	for members := tar.NewReader(unpacked); ; {
		if _, err := members.Next(); errors.Is(err, io.EOF) || partly && got.Lists == 300 {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		list, err := Parse(members, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		got.Lists++
		got.Entries += len(list.Entries)
		got.Randoms += len(list.Randoms)
		got.Skipped += list.SkippedTotal()
		if list.Empty {
			got.Empty++
		}
		for _, e := range list.Entries {
			checkEntry(t, e)
			if e.Type == Other {
				got.Other++
			}
		}
	}
	want := totals{Lists: 2721, Empty: 14, Entries: 577_379, Randoms: 56_801, Skipped: 362} // 362 orders have a host that ends in a number
	if partly {
		want = totals{Lists: 300, Entries: got.Entries, Randoms: got.Randoms, Empty: got.Empty, Skipped: got.Skipped}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("archive (-want +got):\n%s", diff)
	}
}
