package orders

import "github.com/seawall-project/seawall/internal/app/desk"

func (d *Desk) here() Way { return desk.Here(d) }
