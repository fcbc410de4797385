// Package probe asks a site for a page, once, the way a reader would, and says in one word out of a closed list how that ended.
//
//	p, err := probe.New(probe.Options{Contact: "mailto:lookout@example.org"})
//	result := p.Probe(ctx, probe.Target{URL: "https://www.example.org/"})
//
// A probe measures phase by phase (DNS, TCP, TLS, first byte, body), follows redirects within the site, keeps what a person can check the result
// by, and never holds more than a bounded part of an answer. It asks openly, under Seawall's own name, with a contact address, without cookies.
//
// It refuses more than it asks. Only the home page of a host and one agreed page are asked for, on ports 80 and 443, at public addresses, without
// a query, and never what an attack order names ([Rules]). A [Budget] counts the GETs of a site, of all its hosts, families and redirects
// together. Both are asked again in the last function before a socket connects, so that an opt-out holds at once and nothing goes around them.
//
// What fails says who failed: a class with the vote [NoVote] is about this vantage and says nothing about the site.
package probe
