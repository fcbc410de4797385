package deptest

import "slices"

// The layers of the plan, lowest first, as patterns of [Row]. Imports point down.
var (
	vocabulary = []string{"."}
	authority  = []string{"internal/ca"}
	certs      = []string{"internal/cert/..."}
	control    = []string{"internal/control/..."}
	ready      = []string{"internal/ready/..."}
	config     = []string{"internal/config/..."}
	observing  = []string{"internal/obs/..."}
	egress     = []string{"internal/egress/..."}
	testkit    = []string{"internal/testkit/..."}

	// floor is what every room above it may stand on.
	floor = slices.Concat(vocabulary, observing)

	parts = []string{
		"internal/edge/admit/...", "internal/edge/answer/...", "internal/edge/cache/...", "internal/edge/origin/...",
		"internal/edge/pass/...", "internal/edge/rules/...", "internal/edge/snapshot/...",
	}
	edge    = []string{"internal/edge"}
	detect  = []string{"internal/detect/..."}
	ddosia  = []string{"internal/intel/ddosia/...", "internal/intel", "internal/intel/draft"}
	speech  = []string{"internal/bus"}
	domain  = slices.Concat(detect, otherDomain)
	gateway = []string{"internal/edge/gateway/..."}

	probe = []string{"internal/watch/probe"}
	// watching is what commands do with the lookout's own parts, without an app.
	watching = []string{"internal/watch", "internal/watch/probe", "internal/watch/replay"}

	otherDomain = []string{
		"internal/watch/...", "internal/claim/...", "internal/forecast/...", "internal/intel/...", "internal/report/...",
		"internal/notify/...",
	}

	engine   = []string{"internal/engine"}
	wire     = []string{"internal/engine/wire/..."}
	engines  = []string{"internal/engine/std/...", "internal/engine/loop/..."}
	adapters = slices.Concat(engine, wire, engines, []string{
		"internal/kernel/...", "internal/bus/...", "internal/store/...", "internal/room/...",
	})

	app   = []string{"internal/app/..."}
	drill = []string{"internal/drill/..."}
	bench = []string{"bench/..."}
	cmd   = []string{"cmd/..."}

	rooms = slices.Concat(floor, egress, authority, certs, control, ready, config, parts, edge, domain, gateway, adapters, app)
)

// House is the plan of the project: cmd on drill and bench, these on app, on the adapters, on the edge's gateway, on the domain, on
// the vocabulary. Each group below names packages, the rule in words, and what they may import beside themselves.
var House = Rules{
	Module: "github.com/seawall-project/seawall",
	Table:  "internal/deptest/house.go",
	Rows: slices.Concat(
		stdOnly(vocabulary, "the vocabulary imports the standard library alone"),
		rows(authority, "the internal certificate authority imports no room", nil),
		rows(certs, "certificates come from the internal authority, files or ACME, and know no other room", floor, authority),
		rows(control, "the control socket knows no other room; app answers on it and commands ask there", floor),
		rows(ready, "the look at the machine and its surroundings knows no other room", nil),
		stdOnly([]string{"internal/deptest"}, "this check imports the standard library alone"),
		rows(config, "config, obs and testkit import the vocabulary alone", vocabulary),
		rows(observing, "config, obs and testkit import the vocabulary alone", vocabulary),
		rows(testkit, "config, obs and testkit import the vocabulary alone", vocabulary),

		rows(parts, "a part of the edge imports neither the edge nor another part", vocabulary),
		rows(edge, "the edge imports its parts, detect's matcher and no other room", floor, parts, detect),
		rows(egress, "the door to the network knows no other room", nil),
		rows(probe, "a probe knows the door to the network and no other room", floor, egress),
		rows(domain, "domain packages do not import each other; they meet in events and in app", floor, egress),
		rows([]string{"internal/watch/agent", "internal/watch/coordinator"}, "an agent and its coordinator speak over the bus's contract",
			floor, egress, speech, []string{"internal/watch/..."}),
		rows(gateway, "the gateway imports the edge and its parts and no other room", floor, edge, parts),

		rows(engine, "an engine knows the edge and its gateway and no other room", floor, edge, gateway),
		rows(wire, "wire reads bytes and imports no other room", floor),
		rows(engines, "an engine knows the edge and its gateway and no other room", floor, edge, gateway, engine, wire),
		rows([]string{"internal/engine/enginetest"}, "the engines' suite imports what engines may, and what helps tests",
			floor, edge, gateway, engine, wire, authority, testkit),
		rows([]string{"internal/kernel/..."}, "the kernel part imports no other room", floor),
		rows(speech, "the bus's contract is subjects, an envelope and interfaces, and imports no other room", floor),
		rows([]string{"internal/bus/..."}, "what carries the bus knows its contract and no other room", floor, speech),
		rows([]string{"internal/store/...", "internal/room/..."}, "adapters import the domain and do not import each other", floor, domain),
		rows([]string{"internal/store/storetest"}, "the stores' suite imports what stores may, and what helps tests",
			floor, domain, []string{"internal/store"}, testkit),

		rows(app, "app builds the rooms, and knows neither the rehearsal nor the command line", rooms),
		rows(drill, "the rehearsal drives app from outside, reads attack orders, looks on with the lookout's eyes, and imports no other room",
			floor, authority, config, app, ddosia, watching),
		rows(bench, "the proof rig knows everything but the command line", rooms, drill),
		rows(cmd, "commands turn flags into options for app and the rehearsal, and do no more",
			floor, config, control, app, drill, watching),
	),
}

// rows returns one row for each of packages.
func rows(packages []string, why string, may ...[]string) []Row {
	all := make([]Row, 0, len(packages))
	for _, p := range packages {
		all = append(all, Row{Package: p, May: slices.Concat(may...), Why: why})
	}
	return all
}

// stdOnly returns one row for each of packages, which may import nothing but the standard library and themselves.
func stdOnly(packages []string, why string) []Row {
	all := rows(packages, why)
	for i := range all {
		all[i].StdOnly = true
	}
	return all
}
