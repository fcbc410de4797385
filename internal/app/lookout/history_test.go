package lookout

import (
	"os"
	"reflect"
	"strings"
	"testing"
)

// TestFormatIsDocumented holds that docs/formats/history.md names every key that these commands print.
func TestFormatIsDocumented(t *testing.T) {
	doc, err := os.ReadFile("../../../docs/formats/history.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, form := range []reflect.Type{
		reflect.TypeFor[Past](), reflect.TypeFor[PastResult](), reflect.TypeFor[Sum](), reflect.TypeFor[Transition](), reflect.TypeFor[Spell](),
		reflect.TypeFor[PastEvidence](), reflect.TypeFor[Story](), reflect.TypeFor[SiteStory](),
	} {
		for _, f := range reflect.VisibleFields(form) {
			key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if key == "" || len(f.Index) > 1 { // an incident's own keys are those of the list
				continue
			}
			if !strings.Contains(string(doc), "`"+key+"`") && !strings.Contains(string(doc), "`"+key+"[]`") {
				t.Errorf("%s: %q is not named", form.Name(), key)
			}
		}
	}
}
