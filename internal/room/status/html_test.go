package status

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// tester is a [testing.T] or a [rapid.T].
type tester interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// tags returns all elements of a page, in order, after holding it to be well formed: what is opened is closed, in order.
func tags(t tester, page []byte) []html.Token {
	t.Helper()
	z := html.NewTokenizer(bytes.NewReader(page))
	var all []html.Token
	var open []atom.Atom
	for {
		switch z.Next() {
		case html.ErrorToken:
			if z.Err() != io.EOF || len(open) > 0 {
				t.Fatalf("%v with %v open:\n%s", z.Err(), open, page)
			}
			return all
		case html.StartTagToken:
			tok := z.Token()
			all = append(all, tok)
			if tok.DataAtom != atom.Meta && tok.DataAtom != atom.Link {
				open = append(open, tok.DataAtom)
			}
		case html.EndTagToken:
			tok := z.Token()
			if len(open) == 0 || open[len(open)-1] != tok.DataAtom {
				t.Fatalf("</%s> where %v are open:\n%s", tok.Data, open, page)
			}
			open = open[:len(open)-1]
		}
	}
}

func attr(tok html.Token, name string) (string, bool) {
	for _, a := range tok.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

// elements are all that a page is made of.
var elements = strings.Fields("html head meta title link style body header p nav ul li a span main h1 h2 section table caption thead tbody tr th td dl dt dd div time footer")

// holdHTML holds a page to what pages promise, whatever they are filled with.
func holdHTML(t tester, name string, page []byte, lang string, links ...string) {
	t.Helper()
	count := map[string]int{}
	ids := map[string]int{}
	var refs []string
	for _, tok := range tags(t, page) {
		count[tok.Data]++
		if !strings.Contains(" "+strings.Join(elements, " ")+" ", " "+tok.Data+" ") {
			t.Errorf("%s: has <%s>", name, tok.Data)
		}
		for _, a := range tok.Attr {
			switch {
			case strings.HasPrefix(a.Key, "on"), a.Key == "style", a.Key == "src", a.Key == "srcset":
				t.Errorf("%s: <%s %s>", name, tok.Data, a.Key)
			case a.Key == "id":
				ids[a.Val]++
			case a.Key == "aria-labelledby":
				refs = append(refs, a.Val)
			case a.Key == "href":
				holdLink(t, name, tok, a.Val, links)
			}
		}
		if v, _ := attr(tok, "lang"); tok.Data == "html" && v != lang {
			t.Errorf("%s: got language %q, want %q", name, v, lang)
		}
		if _, ok := attr(tok, "scope"); tok.Data == "th" && !ok {
			t.Errorf("%s: a heading of a table without its scope", name)
		}
		if v, _ := attr(tok, "name"); v == "viewport" {
			if c, _ := attr(tok, "content"); strings.Contains(c, "scalable") || strings.Contains(c, "maximum") {
				t.Errorf("%s: keeps readers from zooming: %s", name, c)
			}
		}
	}
	for once := range strings.FieldsSeq("html head title body header main h1 footer style") {
		if count[once] != 1 {
			t.Errorf("%s: %d <%s>, want 1", name, count[once], once)
		}
	}
	for id, n := range ids {
		if n != 1 {
			t.Errorf("%s: id %q is there %d times", name, id, n)
		}
	}
	for _, id := range refs {
		if ids[id] != 1 {
			t.Errorf("%s: refers to %q, which is not there", name, id)
		}
	}
	holdPolicy(t, name, page)
}

// holdLink allows links to files of the folder, and to the sites that are on it. Nothing but the folder is linked to in the head.
func holdLink(t tester, name string, tok html.Token, href string, links []string) {
	t.Helper()
	if slices.Contains(Names(), href) || tok.Data == "a" && slices.Contains(links, href) {
		return
	}
	t.Errorf("%s: <%s> points to %q", name, tok.Data, href)
}

// holdPolicy holds the style in the page against the hash in its policy, which lets in nothing else.
func holdPolicy(t tester, name string, page []byte) {
	t.Helper()
	_, rest, _ := bytes.Cut(page, []byte("<style>"))
	css, _, _ := bytes.Cut(rest, []byte("</style>"))
	var got string
	for _, tok := range tags(t, page) {
		if v, _ := attr(tok, "http-equiv"); v == "Content-Security-Policy" {
			got, _ = attr(tok, "content")
		}
	}
	if want := "default-src 'none'; style-src '" + hashSource(string(css)) + "'; base-uri 'none'; form-action 'none'"; got != want {
		t.Errorf("%s: policy %q, want %q", name, got, want)
	}
	if bytes.Contains(css, []byte("url(")) || bytes.Contains(css, []byte("@import")) {
		t.Errorf("%s: the style loads something", name)
	}
}

// holdFolder holds everything in a folder to what it promises.
func holdFolder(t tester, p Page, links ...string) {
	t.Helper()
	for name, data := range p.Files {
		switch {
		case strings.HasSuffix(name, ".html"):
			lang := strings.TrimSuffix(name, ".html")
			if lang == "index" {
				lang = "da"
				if _, ok := p.Files["da.html"]; ok {
					lang = "en"
				}
			}
			holdHTML(t, name, data, lang, links...)
			if !bytes.Contains(data, []byte(`datetime="`+stamp(p.At)+`"`)) || !p.Due.IsZero() && !bytes.Contains(data, []byte(`datetime="`+stamp(p.Due)+`"`)) {
				t.Errorf("%s lacks its time, or the next", name)
			}
		case strings.HasSuffix(name, ".xml"):
			var f feed
			if err := xml.Unmarshal(data, &f); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if !strings.HasPrefix(f.ID, "urn:uuid:") || !strings.HasPrefix(f.Entry.ID, "urn:uuid:") || f.Author == "" || f.Entry.Title == "" || len(f.Links) == 0 {
				t.Errorf("%s lacks what RFC 4287 wants: %+v", name, f)
			}
		default:
			var v struct {
				At  string  `json:"at"`
				Due *string `json:"next_due_at"`
			}
			if err := json.Unmarshal(data, &v); err != nil || v.At != stamp(p.At) || (v.Due == nil) != p.Due.IsZero() {
				t.Errorf("%s: %v, %+v", name, err, v)
			}
		}
	}
}

func TestStructure(t *testing.T) {
	o := owner(nil)
	var links []string
	for _, s := range o.Sites {
		links = append(links, s.URL)
	}
	holdFolder(t, mustRender(t, o, night), links...)
	holdFolder(t, mustRender(t, owner(func(o *Owner) { o.Frozen = &Freeze{Since: night} }), night), links...)
	holdFolder(t, mustRender(t, authority(nil), night))
}

// TestContrast works out the contrasts of both schemes (WCAG 2.2, success criteria 1.4.3, 1.4.6 and 1.4.11).
func TestContrast(t *testing.T) {
	for name, s := range map[string]scheme{"light": light, "dark": dark} {
		for part, c := range map[string]string{
			"ink": s.ink, "quiet": s.quiet, "link": s.link, "good": s.good, "bad": s.bad, "planned": s.planned,
		} {
			if got := contrast(t, c, s.paper); got < 7 {
				t.Errorf("%s: %s on paper: %.2f, want 7", name, part, got)
			}
		}
		for part, c := range map[string]string{"line": s.line, "focus": s.focus} {
			if got := contrast(t, c, s.paper); got < 3 {
				t.Errorf("%s: %s on paper: %.2f, want 3", name, part, got)
			}
		}
	}
	if got := contrast(t, "#000000", "#ffffff"); math.Abs(got-21) > 0.01 {
		t.Errorf("black on white: %.2f, want 21", got)
	}
	if got := contrast(t, "#777777", "#ffffff"); math.Abs(got-4.48) > 0.01 { // the best known grey that is too light
		t.Errorf("#777 on white: %.2f, want 4.48", got)
	}
}

// contrast follows WCAG 2.2's definitions of contrast ratio and relative luminance.
func contrast(t *testing.T, a, b string) float64 {
	la, lb := luminance(t, a), luminance(t, b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func luminance(t *testing.T, c string) float64 {
	t.Helper()
	var lum float64
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(c[1+2*i:3+2*i], 16, 8)
		if err != nil || len(c) != 7 {
			t.Fatalf("%q is no colour", c)
		}
		v := float64(n) / 255
		if v <= 0.04045 {
			v /= 12.92
		} else {
			v = math.Pow((v+0.055)/1.055, 2.4)
		}
		lum += weight * v
	}
	return lum
}

// TestColoursAreInStyle: the style has no colour that the test of contrasts does not know, but black for paper.
func TestColoursAreInStyle(t *testing.T) {
	known := fmt.Sprint(light, dark, " #000000")
	for i, rest := range strings.Split(string(style), "#") {
		if i > 0 && !strings.Contains(known, "#"+rest[:6]) {
			t.Errorf("unknown colour #%s", rest[:6])
		}
	}
	for _, s := range []State{Working, Disturbed, Maintenance, Unstated} {
		if !strings.Contains(string(style), "."+s.String()+"{") {
			t.Errorf("%s has no colour", s)
		}
	}
}

// TestNotByColour: every state has a word and a sign of its own in each language.
func TestNotByColour(t *testing.T) {
	for l, w := range wordings {
		words, shapes := map[string]bool{}, map[string]bool{}
		for s := range states {
			words[w.state[s]], shapes[signs[s]] = true, true
		}
		if len(words) != int(states) || len(shapes) != int(states) || words[""] || shapes[""] {
			t.Errorf("%s: %v, %v", l, words, shapes)
		}
	}
}
