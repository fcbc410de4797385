package answer

import (
	"strings"

	"github.com/seawall-project/seawall"
)

// format is what a note is written as.
type format uint8

const (
	formatNone format = iota
	formatProblem
	formatHTML
)

// formatFor chooses by what the request is for (Sec-Fetch-Dest, W3C Fetch Metadata) and by what it accepts (RFC 9110, section
// 12.5.1). Without Accept everything is accepted.
func formatFor(f seawall.Fields) format {
	dest := destinationOf(f.Get("Sec-Fetch-Dest"))
	if dest == destinationPart {
		return formatNone
	}
	a := acceptOf(f)
	page, problem := a.page(), a.problem()
	if page == noWeight && dest == destinationPage {
		page = a.any
	}
	if page > 0 && page >= problem {
		return formatHTML
	}
	if problem == noWeight && !a.part {
		problem = a.any
	}
	if problem > 0 {
		return formatProblem
	}
	return formatNone
}

type destination uint8

const (
	destinationUnknown destination = iota // not told, or a script's own request
	destinationPage                       // something a person looks at
	destinationPart                       // something that is loaded into a page
)

func destinationOf(s string) destination {
	switch s {
	case "document", "frame", "iframe", "fencedframe":
		return destinationPage
	case "audio", "audioworklet", "font", "image", "manifest", "paintworklet", "report", "script", "serviceworker",
		"sharedworker", "style", "track", "video", "worker", "xslt":
		return destinationPart
	}
	return destinationUnknown
}

// accept is what an Accept field says of the types that matter here, in weights.
type accept struct {
	html, xhtml, text int  // text/html, application/xhtml+xml, text/*
	json, application int  // application/problem+json or application/json, application/*
	any               int  // */*
	part              bool // a type that only parts of pages have is named
}

func acceptOf(f seawall.Fields) accept {
	a := accept{noWeight, noWeight, noWeight, noWeight, noWeight, noWeight, false}
	named := false
	for m := membersOf(f, "Accept"); ; {
		value, weight, ok := m.next()
		if !ok {
			break
		}
		named = true
		a.add(value, weight)
	}
	if !named {
		a.any = fullWeight
	}
	return a
}

func (a *accept) add(value string, weight int) {
	is := func(name string) bool { return strings.EqualFold(value, name) }
	switch {
	case is("text/html"):
		a.html = max(a.html, weight)
	case is("application/xhtml+xml"):
		a.xhtml = max(a.xhtml, weight)
	case is("text/*"):
		a.text = max(a.text, weight)
	case is("application/problem+json"), is("application/json"):
		a.json = max(a.json, weight)
	case is("application/*"):
		a.application = max(a.application, weight)
	case is("*/*"), is("*"):
		a.any = max(a.any, weight)
	default:
		a.part = a.part || partType(value)
	}
}

// page is the weight of a document when one is asked for by name: that of the most specific range that fits.
func (a *accept) page() int {
	if a.html != noWeight {
		return a.html
	}
	return max(a.xhtml, a.text)
}

// problem is the weight of a problem document when one is asked for by name.
func (a *accept) problem() int {
	if a.json != noWeight {
		return a.json
	}
	return a.application
}

// partType reports whether value is the type of an image, style, script, font, sound or film.
func partType(value string) bool {
	major, minor, _ := strings.Cut(value, "/")
	for _, name := range [...]string{"image", "video", "audio", "font"} {
		if strings.EqualFold(major, name) {
			return true
		}
	}
	for _, name := range [...]string{"css", "javascript", "ecmascript", "x-javascript"} {
		if strings.EqualFold(minor, name) {
			return true
		}
	}
	return false
}
