package main
import ("testing";"context";"path/filepath";"fmt")
func TestZZ(t *testing.T){
 db,err:=startDatabase(t.TempDir()); if err!=nil{t.Fatal(err)}; defer db.stop()
 if err:=db.fill(1000000);err!=nil{t.Fatal(err)}
 b:=&bench{scale:quickScale,ctx:context.Background(),dir:t.TempDir(),db:db}
 h,m:=filepath.Join(b.dir,"h"),filepath.Join(b.dir,"m")
 writeQueries(h,200000,1000000,appendHost); writeQueries(m,200000,1000000,appendMiss)
 b.coredns="/tmp/xp/ca"; pa,_:=b.startCoreDNS(mysqldnsBlock(db.dsn()),origin)
 pw,_:=b.startCoreDNS("whoami",origin)
 b.coredns="/tmp/xp/cb"; pb,_:=b.startCoreDNS(mysqldnsBlock(db.dsn()),origin)
 ps:=[]*process{pa,pb,pw}
 cpu:=map[string][]float64{}
 for r:=range 6 { for i:=range 3 { k:=(i+r)%3; p:=ps[k]; for n,f:=range map[string]string{"hit":h,"miss":m} {
   c0,_:=cpuTime(p.cmd.Process.Pid); pf,_:=load(b.ctx,p.port,f,2,"NOERROR"); c1,_:=cpuTime(p.cmd.Process.Pid)
   key:=fmt.Sprint([]string{"before","after","whoami"}[k]," ",n); cpu[key+" qps"]=append(cpu[key+" qps"],pf.QPS); cpu[key+" us/query"]=append(cpu[key+" us/query"],float64((c1-c0).Microseconds())/pf.QPS/2)
 }}}
 for k,v:=range cpu { fmt.Printf("%-22s %.2f\n",k,median(v)) }
 for _,p:=range ps {p.stop()}
}
