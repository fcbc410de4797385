package intel

import (
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Sectors tells the sector of a host by its name. Its rows are tried in order, and the first that fits decides.
type Sectors []SectorRow

// SectorRow is one row of the table.
type SectorRow struct {
	Sector  string // a short name, such as "municipality"
	Kind    string // "suffix": the name is the pattern or ends in a dot and it; "word": a part between dots and hyphens is it; "in": it stands anywhere
	Pattern string
}

// Bounds of a table.
const (
	maxSectorRows  = 10_000
	maxSectorBytes = 1 << 20
)

//go:embed sectors.csv
var builtin string

// BuiltinSectors returns the table that Seawall brings: suffixes under which a registry takes one sector alone, each on the Public Suffix List, and
// no site. What other names say of a sector is for the operator to know.
func BuiltinSectors() Sectors {
	s, err := ReadSectors(strings.NewReader(builtin))
	if err != nil {
		panic("intel: the built-in table of sectors: " + err.Error())
	}
	return s
}

// ReadSectors reads a table of at most 10,000 rows and 1 MiB as CSV: sector, kind, pattern, and a first line of these names, which may be missing.
// Lines that begin with "#" are comments.
func ReadSectors(r io.Reader) (Sectors, error) {
	limited := &io.LimitedReader{R: r, N: maxSectorBytes + 1}
	lines := csv.NewReader(limited)
	lines.FieldsPerRecord, lines.Comment, lines.TrimLeadingSpace = 3, '#', true
	var all Sectors
	for {
		f, err := lines.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("sectors: %w", err)
		}
		line, _ := lines.FieldPos(0)
		row := SectorRow{strings.TrimSpace(f[0]), strings.TrimSpace(f[1]), strings.ToLower(strings.TrimSpace(f[2]))}
		switch {
		case row == SectorRow{"sector", "kind", "pattern"}:
			continue
		case row.Sector == "" || row.Pattern == "":
			return nil, fmt.Errorf("sectors: line %d: a sector and a pattern are needed", line)
		case row.Kind != "suffix" && row.Kind != "word" && row.Kind != "in":
			return nil, fmt.Errorf("sectors: line %d: kind %q is none of suffix, word, in", line, row.Kind)
		case len(all) == maxSectorRows:
			return nil, fmt.Errorf("sectors: more than %d rows", maxSectorRows)
		}
		all = append(all, row)
	}
	if limited.N == 0 {
		return nil, fmt.Errorf("sectors: more than %d bytes", maxSectorBytes)
	}
	return all, nil
}

// Of returns the sector of a host; empty when no row fits.
func (s Sectors) Of(host string) string {
	words := strings.FieldsFunc(host, func(r rune) bool { return r == '.' || r == '-' })
	for _, row := range s {
		if row.fits(host, words) {
			return row.Sector
		}
	}
	return ""
}

func (r SectorRow) fits(host string, words []string) bool {
	switch r.Kind {
	case "suffix":
		return host == r.Pattern || strings.HasSuffix(host, "."+r.Pattern)
	case "in":
		return strings.Contains(host, r.Pattern)
	}
	return slices.Contains(words, r.Pattern)
}
