package status

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"strings"
)

// scheme is a set of colours, as "#rrggbb". A test works out their contrasts.
type scheme struct {
	paper, ink, quiet  string // of the page, its text and its small print
	link, line, focus  string
	good, bad, planned string // the text of states; each stands on paper beside a sign and a word
}

var (
	light = scheme{
		paper: "#ffffff", ink: "#1a1a1a", quiet: "#4a4a4a", link: "#003d8f", line: "#767676", focus: "#8a3ffc",
		good: "#0b5a2a", bad: "#8f1414", planned: "#2f3d8f",
	}
	dark = scheme{
		paper: "#161616", ink: "#eeeeee", quiet: "#c2c2c2", link: "#a9cbff", line: "#8d8d8d", focus: "#d4bbff",
		good: "#8fe0a8", bad: "#ffb3b0", planned: "#bcc6ff",
	}
)

//go:embed page.css
var styleSource string

// style is the style sheet, in every page as it is: a page that is saved, mailed or pushed elsewhere stays whole.
var style = template.CSS(squeeze(colours("/*light*/", light, colours("/*dark*/", dark, styleSource)))) //nolint:gosec // our own text

// colours puts a scheme's colours where mark stands.
func colours(mark string, s scheme, into string) string {
	return strings.Replace(into, mark, "--paper:"+s.paper+";--ink:"+s.ink+";--quiet:"+s.quiet+";--link:"+s.link+";--line:"+s.line+
		";--focus:"+s.focus+";--good:"+s.good+";--bad:"+s.bad+";--planned:"+s.planned, 1)
}

// squeeze leaves out what is for people who read the source.
func squeeze(css string) string {
	var b strings.Builder
	for line := range strings.Lines(css) {
		if line = strings.TrimSpace(line); !strings.HasPrefix(line, "/*") {
			b.WriteString(line)
		}
	}
	return b.String()
}

// policy lets a page have its style and nothing else (Content Security Policy Level 3). It stands in every page, for wherever it is served.
var policy = "default-src 'none'; style-src '" + hashSource(string(style)) + "'; base-uri 'none'; form-action 'none'"

// hashSource returns the CSP hash-source that allows exactly this text (section 2.3.1).
func hashSource(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}
