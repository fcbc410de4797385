package claims_test

import (
	"encoding/json"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/seawall-project/seawall/internal/app/claims"
	"github.com/seawall-project/seawall/internal/claim/ledger"
)

// headLine is a head of the ledger as it stands in a file.
var headLine = regexp.MustCompile(`seawall-head-1 [0-9]+ [0-9TZ:.-]+ [0-9a-f]{64} ed25519:[0-9a-f]{64} [A-Za-z0-9_-]{86}`)

// headIn returns the head in an export: in the file itself, or in the one beside it.
func headIn(t *testing.T, sum claims.Exported) ledger.Head {
	t.Helper()
	path := sum.Path
	if sum.HeadPath != "" {
		path = sum.HeadPath
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if sum.Format == "bundle" {
		b, err := ledger.ParseBundle(raw)
		if err != nil {
			t.Fatal(err)
		}
		return b.Head
	}
	h, err := ledger.ParseHead(headLine.FindString(html.UnescapeString(string(raw))))
	if err != nil {
		t.Fatalf("%s to the %s: %v in %.400s", sum.Format, sum.To, err, raw)
	}
	return h
}

// Every file that is exported holds the head of the ledger whole, or has it beside it, and the ledger's key has signed it.
func TestHeadGoesWithEveryExport(t *testing.T) {
	r := newRoom(t)
	id := addOne(t, r, saidDown)
	ask(t, r, claims.Decide, claims.Deciding{Of: id})
	r.now = midnight.AddDate(0, 0, 2)
	key := ask(t, r, claims.KeyShown, claims.Rotating{}).Key
	for _, to := range []string{"authority", "public"} {
		for _, format := range []string{"misp", "stix", "csv", "html", "bundle"} {
			if to == "public" && format == "bundle" {
				continue
			}
			in := claims.Exporting{Format: format, To: to, TLP: "clear", Path: filepath.Join(t.TempDir(), "out")}
			sum := ask(t, r, claims.Export, in)
			h := headIn(t, sum)
			if h.Key != key || h.Number != sum.Entry || !h.Signed() || h.Hash != entries(t, r)[h.Number-1].Hash() || h.String() != sum.Head {
				t.Errorf("%s to the %s: got %v, want the head of entry %d", format, to, h, sum.Entry)
			}
			if beside := to == "public" && format != "html"; beside != (sum.HeadPath != "") {
				t.Errorf("%s to the %s: the head lies in %q", format, to, sum.HeadPath)
			}
		}
	}
}

// The file beside an export says of the head what its line says.
func TestHeadFile(t *testing.T) {
	r := newRoom(t)
	ask(t, r, claims.Decide, claims.Deciding{Of: addOne(t, r, saidDown)})
	r.now = midnight.AddDate(0, 0, 2)
	path := filepath.Join(t.TempDir(), "event.json")
	sum := ask(t, r, claims.Export, claims.Exporting{Format: "misp", To: "public", TLP: "clear", Path: path})
	raw, err := os.ReadFile(path + ".head.json")
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Number                             uint64
		Time, SHA256, Key, Signature, Line string
	}
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	parts := fmt.Sprintf("seawall-head-1 %d %s %s %s %s", got.Number, got.Time, got.SHA256, got.Key, got.Signature)
	if h, err := ledger.ParseHead(got.Line); err != nil || h.String() != sum.Head || parts != got.Line {
		t.Errorf("got head %v, error %v, of %+v", h, err, got)
	}
}
