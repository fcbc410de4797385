// Package egress is the one door through which the lookout reaches the network: probes, feeds, webhooks and status pushes.
//
// Every address is judged in the last function before the socket connects, after DNS, so that no name, redirect or second answer of a name
// server gets around it. Private, loopback, link-local, metadata and other special addresses are refused ([Judge]), and so are other ports
// than those given, unless the operator allowed the host by its name.
//
//	door, err := egress.New(egress.Options{Ports: []uint16{80, 443}})
//	transport := &http.Transport{DialContext: door.DialContext}
//
// A refusal is a [*Refused], found with errors.AsType. The package does not limit rates: who owns a budget passes it as [Options.Gate], which
// is asked in the same place.
package egress
