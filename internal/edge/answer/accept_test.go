package answer

import (
	"slices"
	"strings"
	"testing"

	"github.com/seawall-project/seawall"
)

func TestParseWeight(t *testing.T) {
	for in, want := range map[string]int{
		"1": 1000, "1.000": 1000, "0": 0, "0.": 0, "0.5": 500, "0.05": 50, "0.123": 123, "0.000": 0,
		"": 1000, "2": 1000, "0.1234": 1000, "-1": 1000, "0.x": 1000, ".5": 1000,
	} {
		if got := parseWeight(in); got != want {
			t.Errorf("parseWeight(%q): got %d, want %d", in, got, want)
		}
	}
}

func TestMembers(t *testing.T) {
	tests := map[string]struct {
		lines []string
		want  []string
	}{
		"none":            {nil, nil},
		"empty":           {[]string{"", " , ,"}, nil},
		"several lines":   {[]string{"a, b", "c"}, []string{"a", "b", "c"}},
		"parameters":      {[]string{`a;x="1,2" ; q=0.5 , b`}, []string{"a", "b"}},
		"escaped quote":   {[]string{`a;x="\",", b`}, []string{"a", "b"}},
		"open quote":      {[]string{`a;x="1, b`}, []string{"a"}},
		"no more than 16": {[]string{strings.Repeat("a,", 100)}, slices.Repeat([]string{"a"}, maxMembers)},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var got []string
			for m := membersOf(lines("Accept", test.lines...), "accept"); ; {
				value, _, ok := m.next()
				if !ok {
					break
				}
				got = append(got, value)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestFormatFor(t *testing.T) {
	const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
	tests := map[string]struct {
		accept, dest string
		want         format
	}{
		"browser":                {browser, "document", formatHTML},
		"browser without dest":   {browser, "", formatHTML},
		"browser's frame":        {browser, "iframe", formatHTML},
		"text browser":           {"text/html, text/plain, text/css, text/sgml, */*;q=0.01", "", formatHTML},
		"any text":               {"text/*;q=0.3", "", formatHTML},
		"page as anything":       {"*/*", "document", formatHTML},
		"script's own request":   {"*/*", "empty", formatProblem},
		"command line":           {"*/*", "", formatProblem},
		"nothing asked":          {"", "", formatProblem},
		"JSON":                   {"application/json", "", formatProblem},
		"problem":                {"Application/Problem+JSON", "", formatProblem},
		"JSON before HTML":       {"application/json, text/html;q=0.5", "", formatProblem},
		"HTML before JSON":       {"application/json;q=0.5, text/html", "", formatHTML},
		"HTML beside JSON":       {"application/json, text/html", "", formatHTML},
		"no HTML":                {"text/html;q=0, */*", "", formatProblem},
		"no HTML for a page":     {"text/html;q=0, */*", "document", formatProblem},
		"no JSON":                {"application/json;q=0, */*", "", formatNone},
		"image":                  {"image/avif,image/webp,image/*,*/*;q=0.8", "", formatNone},
		"image by destination":   {browser, "image", formatNone},
		"style":                  {"text/css,*/*;q=0.1", "", formatNone},
		"script by destination":  {"*/*", "script", formatNone},
		"font":                   {"font/woff2;q=1.0,*/*;q=0.1", "", formatNone},
		"something else":         {"application/pdf", "", formatNone},
		"image but JSON as well": {"image/png, application/json", "", formatProblem},
		"beyond the bound":       {strings.Repeat("application/pdf, ", maxMembers) + "text/html", "", formatNone},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f := seawall.Fields{{Name: "accept", Value: test.accept}, {Name: "sec-fetch-dest", Value: test.dest}}
			if got := formatFor(f); got != test.want {
				t.Errorf("got %d, want %d", got, test.want)
			}
		})
	}
}

func TestLanguageFor(t *testing.T) {
	const en, da = seawall.English, seawall.Danish
	tests := []struct {
		accept   string
		fallback seawall.Language
		want     seawall.Language
	}{
		{"", en, en},
		{"", da, da},
		{"da-DK,da;q=0.9,en;q=0.8", en, da},
		{"en-GB,en;q=0.9,da;q=0.8", da, en},
		{"da;q=0.3, en;q=0.7", da, en},
		{"DA", en, da},
		{"en, da", da, en},
		{"de, da;q=0.2", en, da},
		{"de", da, da},
		{"dan", en, en},
		{"*", da, da},
		{"de, *;q=0.5", da, da},
		{"en;q=0.5, *", da, da},
		{"da;q=0, *", da, en},
		{"da;q=0", da, da},
		{"da;q=0, en;q=0", en, en},
	}
	for _, test := range tests {
		if got := languageFor(lines("Accept-Language", test.accept), test.fallback); got != test.want {
			t.Errorf("languageFor(%q, %s): got %s, want %s", test.accept, test.fallback, got, test.want)
		}
	}
}

// FuzzNegotiation checks that foreign bytes neither harm nor cost more than a bounded walk, and that what follows the members
// considered changes nothing.
func FuzzNegotiation(f *testing.F) {
	f.Add("text/html,*/*;q=0.8", "da-DK,da;q=0.9,en;q=0.8", "document")
	f.Add(`a;x="\`, ";;;q=,", "empty")
	f.Add(strings.Repeat(",", 40), strings.Repeat("da,", 40), "")
	f.Fuzz(func(t *testing.T, accept, language, dest string) {
		fields := seawall.Fields{{Name: "Accept", Value: accept}, {Name: "Accept-Language", Value: language}, {Name: "Sec-Fetch-Dest", Value: dest}}
		if got := languageFor(fields, seawall.Danish); got >= languages {
			t.Errorf("languageFor(%q): got %d", language, got)
		}
		if got := formatFor(fields); got > formatHTML {
			t.Errorf("formatFor(%q): got %d", accept, got)
		}
		steps := 0
		m := membersOf(fields, "Accept")
		for _, _, ok := m.next(); ok; _, _, ok = m.next() {
			steps++
		}
		if steps > maxMembers {
			t.Errorf("members of %q: got %d, want at most %d", accept, steps, maxMembers)
		}
		if m.left == 0 {
			longer := append(slices.Clone(fields), seawall.Field{Name: "Accept", Value: "text/html, application/json"})
			if got, want := formatFor(longer), formatFor(fields); got != want {
				t.Errorf("formatFor with members past the bound: got %d, want %d", got, want)
			}
		}
	})
}

func lines(name string, values ...string) seawall.Fields {
	var f seawall.Fields
	for _, v := range values {
		f = append(f, seawall.Field{Name: name, Value: v})
	}
	return f
}
