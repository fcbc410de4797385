package admit

// find returns the slot of key, or nil. It may run while slots are added.
func (t *table) find(key uint64) *slot {
	mask := uint64(len(t.slots) - 1)
	for i := key & mask; ; i = (i + 1) & mask {
		switch t.slots[i].key.Load() {
		case key:
			return &t.slots[i]
		case 0:
			return nil
		}
	}
}

// wide reports whether a directory has shown as many different words as are told apart.
func (t *table) wide(dir uint64) bool {
	s := t.find(dir)
	return s != nil && s.kids.Load() >= wideFrom
}

// claim returns the slot of key, taking an empty one if need be; nil when there is no room. One caller at a time.
func (t *table) claim(key uint64, leaf bool) *slot {
	if s := t.find(key); s != nil {
		return s
	}
	if t.used.Load() >= slotsEach*t.limit || leaf && t.leaves.Load() >= t.limit {
		return nil
	}
	mask := uint64(len(t.slots) - 1)
	i := key & mask
	for t.slots[i].key.Load() != 0 {
		i = (i + 1) & mask
	}
	s := &t.slots[i]
	if s.leaf.Store(leaf); leaf {
		t.leaves.Add(1)
	}
	t.used.Add(1)
	s.key.Store(key) // last: from here on others find it
	return s
}

// copyTo copies the slots with at least floor samples, and wide directories, until half the room of to is taken.
func (t *table) copyTo(to *table, floor uint32) {
	for i := range t.slots {
		s := &t.slots[i]
		if to.leaves.Load() >= to.limit/2 || to.used.Load() >= slotsEach*to.limit/2 {
			return
		}
		if s.key.Load() == 0 || s.samples.Load() < floor && s.kids.Load() < wideFrom {
			continue
		}
		c := to.claim(s.key.Load(), s.leaf.Load())
		c.cost.Store(s.cost.Load())
		c.samples.Store(s.samples.Load() / 2)
		c.kids.Store(s.kids.Load())
	}
}
