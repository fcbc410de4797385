package seawall

import "time"

// Listing is one host's sightings in one feed of attack orders, no two in a row more than [ListingGap] apart. The host is a victim: it is
// matched, warned and studied, never contacted because of a listing.
type Listing struct {
	Feed string // the feed's name, as the operator calls it
	Host string // lower case, internationalised names as A-labels (RFC 5890), no trailing dot; "www." stays

	// Previous is the feed's last list before the first that names the host; the host was first named after it and not after First. It is
	// zero when First was the feed's first list.
	Previous    time.Time
	First, Last time.Time // of the lists that name the host
	Sightings   int       // how many those are; a list that is repeated is one more, at its own time

	Templates []Template // what is aimed at, each once, in a fixed order
}

// ListingGap is the longest time between two sightings of one listing.
const ListingGap = 36 * time.Hour

// Template is one order of an attack without its values: what is asked for, with a class in place of every literal that may say something
// of a person.
//
// Path is escaped as in a request, without the query, and begins with a slash. A class stands in it as a segment or part of one in braces,
// "/news/{number}"; a brace that was there literally is escaped. Templates of vectors that send no request have neither path nor parameters.
type Template struct {
	Vector Vector
	Method string // upper case; empty where the vector has none
	Port   uint16 // 0 when it is not said
	TLS    bool

	Path    string
	Query   []Param // in order of name; a name may occur more than once
	Form    string  // how a body is written: "urlencoded", "multipart", "json", "other", or "" for no body
	Body    []Param // in order of name
	Headers []Param // in order of name, names in lower case

	Created time.Time // when the oldest entry of this kind was made, as far as it says so; zero where it does not
}

// Param is a name and what kind of value goes with it.
type Param struct {
	Name  string
	Class Class
}

// Vector is how an order attacks, by the name that lists use. The set is closed.
type Vector string

// The vectors.
const (
	VectorHTTP  Vector = "http"        // HTTP/1.1 requests
	VectorHTTP2 Vector = "http2"       // HTTP/2 requests
	VectorHTTP3 Vector = "http3"       // HTTP/3 requests
	VectorLoris Vector = "nginx_loris" // heads that never end
	VectorTCP   Vector = "tcp"         // bare segments
	VectorUDP   Vector = "udp"         // bare datagrams
	VectorOther Vector = "other"       // anything else
)

// Requests reports whether orders of this vector are HTTP requests that come to their end.
func (v Vector) Requests() bool { return v == VectorHTTP || v == VectorHTTP2 || v == VectorHTTP3 }

// Class is what a literal was before it was left out. The set is closed.
type Class string

// The classes.
const (
	ClassNone   Class = ""       // no value
	ClassWord   Class = "word"   // letters and what stands between them
	ClassNumber Class = "number" // digits, with sign, point or comma
	ClassEmail  Class = "email"  // an e-mail address
	ClassToken  Class = "token"  // made by a machine: drawn afresh for every request, or an identifier, or too long to be a word
)
