package seawall

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestReasonCodesAreStable compares with testdata/reasons.golden, in which a line is added for a new reason and none is ever changed
// or removed: dashboards, alerts and evidence name them.
func TestReasonCodesAreStable(t *testing.T) {
	golden, err := os.ReadFile("testdata/reasons.golden")
	if err != nil {
		t.Fatal(err)
	}
	got, want := names[Reason](reasons), strings.Fields(string(golden))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("codes in order (-want +got):\n%s", diff)
	}
	distinct(t, "reasons", got)
	code := regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`)
	for _, c := range got {
		if !code.MatchString(c) {
			t.Errorf("code %q is not lower case with underscores", c)
		}
	}
}

func TestReasonTexts(t *testing.T) {
	var all []string
	for r := range reasons {
		for _, l := range Languages() {
			text := r.Text(l)
			if text == "" {
				t.Errorf("%v has no text in %v", r, l)
				continue
			}
			if first := text[:1]; !strings.HasSuffix(text, ".") || strings.ToUpper(first) != first || strings.TrimSpace(text) != text {
				t.Errorf("%v in %v is no sentence: %q", r, l, text)
			}
			all = append(all, text)
		}
	}
	distinct(t, "texts of every reason and language", all)
}

func TestReasonTextBeyondTheEnd(t *testing.T) {
	for _, got := range []string{reasons.Text(English), Reason(255).Text(Danish), ReasonShed.Text(languages), ReasonShed.Text(255)} {
		if got != "" {
			t.Errorf("got %q, want nothing", got)
		}
	}
}
