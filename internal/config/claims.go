package config

// Claims says in whose name verdicts on claims go to others. All of it may be left out.
type Claims struct {
	Maker   string // key "maker": an organisation; "" for "An operator of Seawall"
	Contact string // key "contact": a mail address or URL of a function; "" for none
}

func (d *decoder) claims(n *node, path string) {
	c := &d.config.Claims
	d.mapping(n, path,
		key{name: "maker", need: "The Example Authority", read: into(d, &c.Maker, plainText(maxWord))},
		key{name: "contact", read: into(d, &c.Contact, contact)},
	)
}
