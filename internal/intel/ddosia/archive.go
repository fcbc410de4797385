package ddosia

import (
	"archive/tar"
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"github.com/therootcompany/xz"
)

// MaxMemberBytes is the longest member that [OpenMember] opens.
const MaxMemberBytes = 64 << 20

// ErrNoMember says that an archive holds no member of the name asked for.
var ErrNoMember = errors.New("no such member")

const (
	dictBytes  = 64 << 20
	listSuffix = "_DDoSia-target-list-full"
)

// OpenMember opens one list in the archive, a .tar.xz file, for reading. member may leave out the folders, the ".json" and the
// "_DDoSia-target-list-full" of the name in the archive; the first member that fits is opened. It returns [ErrNoMember] when none
// does and [ErrTooLarge] for one that is longer than [MaxMemberBytes]; no error names another member.
//
// The archive is unpacked as a stream up to the member, in memory bounded by a dictionary of 64 MiB: a member near the end of a
// large archive takes seconds. The caller closes what is returned.
func OpenMember(archive, member string) (io.ReadCloser, error) {
	f, err := os.Open(archive)
	if err != nil {
		return nil, fmt.Errorf("open archive: %w", err)
	}
	r, err := findMember(f, member)
	if err != nil {
		_ = f.Close() // it was only read
		return nil, fmt.Errorf("open %q in archive %q: %w", member, archive, err)
	}
	return &memberFile{Reader: r, file: f}, nil
}

// memberFile reads a member and closes the archive.
type memberFile struct {
	io.Reader
	file *os.File
}

func (m *memberFile) Close() error { return m.file.Close() }

func findMember(r io.Reader, member string) (io.Reader, error) {
	unpacked, err := xz.NewReader(bufio.NewReaderSize(r, 64<<10), dictBytes)
	if err != nil {
		return nil, fmt.Errorf("unpack: %w", err)
	}
	members := tar.NewReader(unpacked)
	for count := 0; ; {
		head, err := members.Next()
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("%w among %d", ErrNoMember, count)
		}
		if err != nil {
			return nil, fmt.Errorf("unpack: %w", err)
		}
		if head.Typeflag != tar.TypeReg {
			continue
		}
		count++
		if !fits(head.Name, member) {
			continue
		}
		if head.Size > MaxMemberBytes {
			return nil, fmt.Errorf("%d bytes: %w", head.Size, ErrTooLarge)
		}
		return members, nil
	}
}

// fits reports whether name, as in the archive, is what was asked for. Folders count only when they were asked for.
func fits(name, asked string) bool {
	if asked = path.Clean(asked); !strings.Contains(asked, "/") {
		name = path.Base(name)
	}
	return bare(path.Clean(name)) == bare(asked)
}

func bare(name string) string {
	return strings.TrimSuffix(strings.TrimSuffix(name, ".json"), listSuffix)
}
