package orders

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/seawall-project/seawall/internal/intel/ddosia"
)

// builtin is our own list, for a newspaper that does not exist, in the proportions that public lists of 2025 have: of its orders for
// whole requests 45 % search, 30 % post forms, 15 % page through archives, 8 % call an API and one asks for the front page.
//
//go:embed builtin.json
var builtin []byte

const archiveMark = ".tar.xz"

// Builtin returns the plan of the list that comes with Seawall, whose orders fit the pages of the rehearsal's newspaper.
func Builtin() *Plan {
	p, err := read(bytes.NewReader(builtin), "")
	if err != nil {
		panic(fmt.Sprintf("built-in attack orders: %v", err))
	}
	return p
}

// Open returns the plan of the list that spec names: "" is the list that comes with Seawall, "FILE.json" a file, and
// "ARCHIVE.tar.xz:MEMBER" one of an archive, see [ddosia.OpenMember]. target is as in [New].
func Open(spec, target string) (*Plan, error) {
	r, err := source(spec)
	if err != nil {
		return nil, err
	}
	p, err := read(r, target)
	return p, errors.Join(err, r.Close())
}

func source(spec string) (io.ReadCloser, error) {
	if spec == "" {
		return io.NopCloser(bytes.NewReader(builtin)), nil
	}
	if archive, member, found := strings.Cut(spec, archiveMark+":"); found {
		return ddosia.OpenMember(archive+archiveMark, member)
	}
	if strings.HasSuffix(spec, archiveMark) {
		return nil, fmt.Errorf("%q is an archive: name one list in it, as in %s:MEMBER", spec, spec)
	}
	f, err := os.Open(spec)
	if err != nil {
		return nil, err
	}
	return f, nil
}

func read(r io.Reader, target string) (*Plan, error) {
	list, err := ddosia.Parse(r, ddosia.Limits{})
	if err != nil {
		return nil, err
	}
	return New(list, target)
}
