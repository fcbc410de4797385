package plot

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall/internal/forecast"
)

var update = flag.Bool("update", false, "draw the plots in docs anew")

// docs is where the figures of the scored period and their plots are.
const docs = "../../../docs/forecasting"

var plots = map[string]func(w io.Writer, r *forecast.Result) error{"calibration.svg": Calibration, "skill.svg": Skill}

// TestDocs: the plots in docs are those of the figures beside them.
func TestDocs(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join(docs, "figures.json"))
	if err != nil {
		t.Fatal(err)
	}
	var r forecast.Result
	if err := json.Unmarshal(raw, &r); err != nil {
		t.Fatal(err)
	}
	for name, draw := range plots {
		var got bytes.Buffer
		if err := draw(&got, &r); err != nil {
			t.Fatal(err)
		}
		wellFormed(t, name, got.Bytes())
		path := filepath.Join(docs, name)
		if *update {
			if err := os.WriteFile(path, got.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got.String()); diff != "" {
			t.Errorf("%s is not what the figures are drawn as; -update draws it anew (-docs +drawn):\n%s", name, diff)
		}
	}
}

// wellFormed holds that a drawing is XML, says what it shows, and loads nothing.
func wellFormed(t *testing.T, name string, svg []byte) {
	t.Helper()
	seen := make(map[string]int)
	d := xml.NewDecoder(bytes.NewReader(svg))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if e, ok := token.(xml.StartElement); ok {
			seen[e.Name.Local]++
			for _, a := range e.Attr {
				if strings.Contains(a.Value, "NaN") || strings.Contains(a.Value, "Inf") || a.Name.Local == "href" {
					t.Errorf("%s: <%s %s=%q>", name, e.Name.Local, a.Name.Local, a.Value)
				}
			}
		}
	}
	if seen["title"] != 1 || seen["desc"] != 1 || seen["circle"]+seen["rect"] < 2 || !bytes.Contains(svg, []byte("prefers-color-scheme: dark")) {
		t.Errorf("%s: got %v", name, seen)
	}
}

// TestEmpty: nothing to draw is drawn as nothing, and not as numbers that are none.
func TestEmpty(t *testing.T) {
	for name, draw := range plots {
		var b bytes.Buffer
		r := forecast.Result{Bins: []forecast.Bin{{}}, Countries: []forecast.CountryResult{{Country: "aa", Events: 30}}}
		if err := draw(&b, &r); err != nil || strings.Contains(b.String(), "NaN") || strings.Contains(b.String(), "circle cx") {
			t.Errorf("%s: error %v\n%s", name, err, b.String())
		}
	}
}
