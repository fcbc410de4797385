// Package probe asks a site for a page, once, the way a reader would, and says in one word out of a closed list how that ended.
//
// A probe measures phase by phase (DNS, TCP, TLS, first byte, body), follows redirects, keeps what a person can check the result by, and never
// holds more than a bounded part of an answer. It asks openly, under Seawall's own name.
package probe
