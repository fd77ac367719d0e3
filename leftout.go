package mysqldns

import (
	"sync"

	"github.com/mysqldns/mysqldns/internal/table"
	"github.com/mysqldns/mysqldns/plugin/journal"
)

// leftOut remembers the zones whose transfers were said to lack something. Its zero value is ready; any goroutine may use it.
type leftOut struct{ told sync.Map }

// tell says once for a zone that its transfers leave the rows of type ALIAS out.
func (l *leftOut) tell(table table.Name, version journal.Version) {
	zone, owner := version.Apex, version.LeftOut()
	if owner == "" {
		return
	}
	if _, told := l.told.LoadOrStore(zone, true); !told {
		log.Warningf("%s in %s has rows of type ALIAS, such as that of %s: no transfer has them, so secondaries answer no addresses there. "+
			"Write the addresses, or let no secondary answer for the zone", zone, table, owner)
	}
}
