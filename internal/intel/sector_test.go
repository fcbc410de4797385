package intel

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/publicsuffix"
)

// TestBuiltinSectorsAreSuffixes: what the built-in table says can be looked up: every row is a suffix that a registry manages.
func TestBuiltinSectorsAreSuffixes(t *testing.T) {
	seen := make(map[string]bool)
	for _, row := range BuiltinSectors() {
		suffix, icann := publicsuffix.PublicSuffix("name." + row.Pattern)
		if row.Kind != "suffix" || suffix != row.Pattern || !icann || seen[row.Pattern] {
			t.Errorf("%+v: the Public Suffix List has %q, managed by a registry: %v", row, suffix, icann)
		}
		seen[row.Pattern] = true
	}
	if len(seen) < 300 {
		t.Errorf("%d rows", len(seen))
	}
}

func TestSectorOf(t *testing.T) {
	own, err := ReadSectors(strings.NewReader("sector,kind,pattern\n# ours\nmunicipality,word,kommune\nelection,in,valg\ntransport,suffix,havn.example\n"))
	if err != nil {
		t.Fatal(err)
	}
	table := slices.Concat(own, BuiltinSectors())
	for host, want := range map[string]string{
		"www.example.gov.uk": "government", "gov.uk": "government", "example.gouv.fr": "government", "example.gv.at": "government",
		"example.mil.no": "defence", "example.kommune.no": "municipality", "my-kommune.example": "municipality", "valgresultat.example": "election",
		"www.havn.example": "transport", "havn.example.net": "", "gov.example": "", "example.uk": "", "bank.example": "", "notgov.uk": "",
	} {
		if got := table.Of(host); got != want {
			t.Errorf("%s: got %q, want %q", host, got, want)
		}
	}
}

func TestReadSectorsRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"kind": "media,regexp,x\n", "columns": "media,word\n", "no sector": ",word,x\n", "no pattern": "media,word, \n",
		"rows": strings.Repeat("a,in,b\n", maxSectorRows+1), "bytes": strings.Repeat("# "+strings.Repeat("x", 1000)+"\n", 1100),
	} {
		if s, err := ReadSectors(strings.NewReader(text)); err == nil {
			t.Errorf("%s: got %d rows", name, len(s))
		}
	}
}
