package config

// Flags are the few settings that suffice to stand in front of one site without a file. Each takes what its key in the file takes.
type Flags struct {
	Site   string // --site: host name, required
	Origin string // --origin: URL, required
	Listen string // --listen: address; "" for the default
	TLS    string // --tls: "acme", "internal" or "off"; "" for the default
	Admin  string // --admin: IP address and port, or "off"; "" for the default
	Watch  string // --watch: "off"; "" to watch the site from inside
}

// FromFlags checks f. The error, if any, is [Problems] that name the flag, such as "--site", in place of a path.
func FromFlags(f Flags) (*Config, error) {
	site := &node{kind: object}
	root := &node{kind: object, entries: []entry{
		{"version", &node{kind: scalar, text: "1"}},
		{"sites", &node{kind: list, items: []*node{site}}},
	}}
	r := &report{source: source{at: map[string]place{}}}
	set := func(in *node, path, name, value, flag string) {
		in.entries = append(in.entries, entry{name, &node{kind: scalar, text: value}})
		r.source.at[child(path, name)] = place{flag: flag}
	}
	set(site, "sites[0]", "name", f.Site, "--site")
	set(site, "sites[0]", "origin", f.Origin, "--origin")
	for _, o := range []struct {
		in               *node
		path, name, text string
		flag             string
	}{
		{root, "", "listen", f.Listen, "--listen"},
		{root, "", "admin", f.Admin, "--admin"},
		{root, "", "watch", f.Watch, "--watch"},
		{site, "sites[0]", "tls", f.TLS, "--tls"},
	} {
		r.source.at[child(o.path, o.name)] = place{flag: o.flag} // also where the default is the problem
		if o.text != "" {
			set(o.in, o.path, o.name, o.text, o.flag)
		}
	}
	r.source.at["sites"] = place{flag: "--site"}
	return decode(r, root)
}
