package page

import (
	"bytes"
	"encoding/csv"
	"errors"
	"flag"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/report"
	"github.com/seawall-project/seawall/internal/report/reporttest"
	"github.com/seawall-project/seawall/internal/report/tlp"
)

var update = flag.Bool("update", false, "rewrite the files in testdata")

var copenhagen = time.FixedZone("CET", 3600)

func golden(t *testing.T, name string, got []byte, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got; -update rewrites):\n%s", name, diff)
	}
}

// public returns a release of so many statements that were affected, stood, and are not known.
func public(t *testing.T, affected, standing, unknown int) *report.Release {
	t.Helper()
	var all []report.Statement
	for i, v := range append(append(times(report.Confirmed, affected), times(report.NoEffect, standing)...), times(report.Unknown, unknown)...) {
		all = append(all, reporttest.Statement(func(s *report.Statement) { s.ID, s.Verdict = strconv.Itoa(i), v }))
	}
	r, _, err := report.For(report.Way{Route: tlp.Public, Head: &reporttest.Head}, reporttest.Now, all)
	if err != nil {
		t.Fatal(err)
	}
	return &r
}

func times(v report.Verdict, n int) []report.Verdict {
	all := make([]report.Verdict, n)
	for i := range all {
		all[i] = v
	}
	return all
}

func TestGolden(t *testing.T) {
	one, many := reporttest.Release(t, reporttest.Statement(nil)), reporttest.Release(t, reporttest.Statements()...)
	data, err := CSV(many)
	golden(t, "many.csv", data, err)
	for _, l := range seawall.Languages() {
		data, err := HTML(one, l, copenhagen)
		golden(t, "one."+l.String()+".html", data, err)
		data, err = HTML(many, l, nil)
		golden(t, "many."+l.String()+".html", data, err)
		data, err = Aggregate(public(t, 7, 9, 2), l, nil)
		golden(t, "counts."+l.String()+".html", data, err)
	}
}

func TestAPageOfNamesIsNotForThePublic(t *testing.T) {
	r := public(t, 9, 9, 0)
	if _, err := HTML(r, seawall.English, nil); !errors.Is(err, errPublic) {
		t.Errorf("got %v", err)
	}
	data, err := CSV(r)
	if err != nil || strings.Contains(string(data), "party") {
		t.Errorf("CSV in public, %v: %s", err, data)
	}
}

func TestSmallCountsAreNotShown(t *testing.T) {
	tests := []struct {
		affected, standing int
		shown              bool
	}{{5, 5, true}, {4, 20, false}, {20, 4, false}, {0, 20, false}, {20, 0, false}, {5, 200, true}}
	for _, tt := range tests {
		data, err := Aggregate(public(t, tt.affected, tt.standing, 3), seawall.English, nil)
		if err != nil {
			t.Fatal(err)
		}
		if shown := strings.Contains(string(data), ">Affected<"); shown != tt.shown || shown == strings.Contains(string(data), english.Withheld) {
			t.Errorf("%d affected, %d standing: shown %v", tt.affected, tt.standing, shown)
		}
		if strings.Contains(string(data), "example") {
			t.Error("the page of counts names somebody")
		}
	}
}

// What a page has to be for those who listen to it, print it, or look at it from a hostile network.
func TestPages(t *testing.T) {
	hostile := reporttest.Statement(func(s *report.Statement) {
		s.Owner.Name, s.Claim.Claimant = `<script>alert(1)</script>`, `"><img src=x onerror=y>`
		s.Claim.Links = []string{"javascript:alert(1)", "https://a.example.net/<b>?x=1"}
		s.Activity[0].What = "<a href='https://a.example.net'>x</a>"
	})
	for _, l := range seawall.Languages() {
		data, err := HTML(reporttest.Release(t, append(reporttest.Statements(), hostile)...), l, nil)
		if err != nil {
			t.Fatal(err)
		}
		counts, err := Aggregate(public(t, 7, 7, 0), l, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, page := range [][]byte{data, counts} {
			check(t, l, page)
		}
	}
}

func check(t *testing.T, l seawall.Language, page []byte) {
	t.Helper()
	doc, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	count, level := map[string]int{}, 0
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		count[n.Data]++
		switch n.Data {
		case "script", "img", "a", "link", "iframe", "object", "form", "b":
			t.Errorf("there is a <%s>", n.Data)
		case "html":
			if attr(n, "lang") != l.String() {
				t.Errorf("lang is %q", attr(n, "lang"))
			}
		case "th":
			if s := attr(n, "scope"); s != "row" && s != "col" {
				t.Errorf("a header of a table has scope %q", s)
			}
		case "h1", "h2", "h3":
			next := int(n.Data[1] - '0')
			if next > level+1 {
				t.Errorf("%s follows h%d", n.Data, level)
			}
			level = next
		}
		for _, a := range n.Attr {
			if a.Key == "style" || a.Key == "src" || a.Key == "href" || strings.HasPrefix(a.Key, "on") {
				t.Errorf("<%s> has %s", n.Data, a.Key)
			}
		}
	}
	if count["h1"] != 1 || count["main"] != 1 || count["title"] != 1 || count["caption"] != count["table"] || count["table"] == 0 {
		t.Errorf("elements: %v", count)
	}
	if !strings.Contains(string(page), wordings[l].Attempt) {
		t.Error("the page does not say that an attempt is not an effect")
	}
	if regexp.MustCompile(`[^\[]://`).Match(page) {
		t.Error("a link is whole")
	}
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func TestConfidenceHasASentenceOfItsOwn(t *testing.T) {
	for l, w := range wordings {
		for _, text := range w.Confidences {
			for _, explain := range w.Explains {
				if strings.Contains(explain, strings.Fields(text)[0]) {
					t.Errorf("%s: %q", l, explain)
				}
			}
		}
	}
}

func TestBothLanguagesSayEverything(t *testing.T) {
	for l, w := range wordings {
		v := reflect.ValueOf(w)
		for i := range v.NumField() {
			f := v.Field(i)
			if f.IsZero() {
				t.Errorf("%s has no %s", l, v.Type().Field(i).Name)
			}
			if f.Kind() == reflect.Map && f.Len() != reflect.ValueOf(english).Field(i).Len() {
				t.Errorf("%s has %d of %s", l, f.Len(), v.Type().Field(i).Name)
			}
		}
	}
	for _, v := range report.Verdicts() {
		if english.Verdicts[v] == "" || english.Explains[v] == "" {
			t.Errorf("no words for %s", v)
		}
	}
}

func TestCSVIsNoFormula(t *testing.T) {
	for cell, want := range map[string]string{
		"=cmd|'/c calc'!A0": "'=cmd|'/c calc'!A0", "+1": "'+1", "-1": "'-1", "@sum": "'@sum", "\t=1": "' =1", "\r=1": "' =1", " =1": "' =1",
		"plain": "plain", "": "", "a=1": "a=1", "two\nlines": "two lines", "＝1": "'＝1",
	} {
		if got := harmless(cell); got != want {
			t.Errorf("harmless(%q) = %q, want %q", cell, got, want)
		}
	}
	s := reporttest.Statement(func(s *report.Statement) {
		s.Owner.Name, s.Claim.Claimant, s.Claim.Kind = "=HYPERLINK(1)", "@x", "-2+3"
	})
	data, err := CSV(reporttest.Release(t, s))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil || len(rows) != 2 || len(rows[1]) != len(columns) {
		t.Fatalf("%v rows, %v", len(rows), err)
	}
	for i, cell := range rows[1] {
		if cell != "" && strings.ContainsAny(cell[:1], "=+-@") {
			t.Errorf("%s is %q", columns[i], cell)
		}
	}
}

func TestDefang(t *testing.T) {
	for in, want := range map[string]string{
		"https://a.example.net/x.html?y=1": "hxxps[://]a[.]example[.]net/x.html?y=1", "HTTP://a.example.net:80": "hxxp[://]a[.]example[.]net[:]80",
		"a.example.net": "a[.]example[.]net", "javascript:alert(1)": "javascript[:]alert(1)", "": "",
	} {
		if got := Defang(in)[0]; got != want {
			t.Errorf("Defang(%q) = %q, want %q", in, got, want)
		}
	}
}

// WCAG 2.2 AA asks for 4.5:1 for text, and 3:1 for lines that mean something.
func TestContrast(t *testing.T) {
	colours := regexp.MustCompile(`#[0-9a-f]{6}`).FindAllString(style, -1)
	if len(colours) == 0 {
		t.Fatal("no colours")
	}
	for _, c := range colours {
		if c == "#ffffff" {
			continue
		}
		if got := 1.05 / (luminance(t, c) + 0.05); got < 4.5 {
			t.Errorf("%s on white: %.2f", c, got)
		}
	}
}

func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(colour[1+2*i:3+2*i], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		v := float64(n) / 255
		if v <= 0.04045 {
			v /= 12.92
		} else {
			v = math.Pow((v+0.055)/1.055, 2.4)
		}
		sum += weight * v
	}
	return sum
}
