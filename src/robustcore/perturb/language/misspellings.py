"""Words that writers of English often get wrong, and how: a list written for this project. Lower case."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_LIST = """
    abbreviation=abreviation about=abuot absence=absense absolute=absolut abundant=abundent academic=acedemic
    accelerate=acelerate accept=acept accepted=acepted access=acess accessible=accessable accident=accidant
    accidentally=accidently accommodate=accomodate accommodation=accomodation accompanied=accompanyed
    accomplish=acomplish according=acording account=acount accounting=acounting accounts=acounts
    accurate=acurate,accurrate achieve=acheive achieved=acheived achievement=acheivement acid=asid
    acquire=aquire acquired=aquired acquisition=aquisition across=accross actress=actres actually=actualy
    address=adress,addres addresses=adresses adequate=adaquate administration=adminstration
    advertisement=advertisment affect=afect again=agian against=agianst aggressive=agressive agreement=agreemnt
    agricultural=agricultral agriculture=agriculure airport=airoport almost=allmost already=allready also=aslo
    although=altough,allthough amateur=amature ambassador=embassador amendment=ammendment american=amercian
    among=amoung amount=ammount amounts=ammounts analysis=analisys ancestor=ancester ancient=anceint and=adn,nad
    animal=animel animals=animels anniversary=aniversary announce=anounce announced=anounced annual=anual
    annually=annualy another=anohter answer=anwser answers=anwsers apparent=apparant apparently=apparantly
    appear=apear appearance=appearence appeared=appeard application=aplication applied=aplied apply=aply
    appointed=apointed appointment=apointment approach=aproach appropriate=apropriate approval=aproval
    approved=aproved approximate=aproximate approximately=aproximately architect=architecht
    architecture=architechture are=aer area=aera areas=aeras argument=arguement around=arround
    arrangement=arrangment arrive=arive arrived=arived article=artical artist=artits assassinated=assasinated
    assess=asess assets=assests assistance=assistence assistant=assistent associated=assosiated
    association=assosiation athlete=athelete athletes=atheletes atmosphere=atmosphare attack=atack
    attempt=attemp attempted=attemped attend=atend attendance=attendence attended=atended attorney=atorney
    audience=audiance author=auther authorities=authorites authority=autority authors=authers
    available=availible,avalable average=avarage awarded=awared balance=ballance bank=banck basically=basicly
    basis=bassis battle=batle beautiful=beautifull,beutiful became=bacame because=becuase,becouse become=becom
    before=befor began=begain beginning=begining behavior=behavoir behaviour=behavoir behind=behing being=beeing
    belief=beleif believe=beleive,belive believed=beleived belonged=belongd beneficial=benificial
    benefit=benifit benefits=benifits between=bewteen,betwen bicycle=bycicle blood=blod borrow=borow
    bottom=botom boundary=boundry bridge=brige brilliant=briliant britain=britian british=brittish
    brothers=borthers budget=buget building=bilding buildings=bilding built=buildt buried=burried
    business=buisness,bussiness businesses=buisnesses but=btu calculate=calculat calculated=calculatd
    calendar=calender called=caled campaign=campain can=acn cancelled=canceld candidate=canidate
    candidates=canidates capacity=capasity captain=captian career=carreer careful=carefull carefully=carefuly
    caribbean=carribean carried=caried carrying=carring categories=catagories category=catagory
    cathedral=cathederal caught=cought caused=casued celebrate=celebrat celebrated=celabrated cemetery=cemetary
    central=centeral centre=cetre ceremony=cerimony certain=certian certainly=certainley certificate=certifcate
    chairman=chariman challenge=challange champion=champoin championship=champoinship change=chnage
    changed=chnaged changes=chnages channel=chanel character=charactor characters=charactors charge=chrage
    chemical=chemcial chief=cheif child=chlid childhood=childhod children=childern chinese=chineese
    chocolate=choclate christian=christain church=chruch circumstances=circumstanses citizen=citzen
    citizens=citzens city=citty civil=civel civilian=civillian claim=clame claimed=claimd climate=climat
    close=colse closed=colsed coalition=coallition colonial=colonail colony=coloney column=colum
    comfortable=comfortible coming=comming command=comand commander=comander comment=coment commerce=comerce
    commercial=comercial commission=comission commissioned=comissioned committed=commited
    committee=commitee,comittee common=comon commonly=comonly communicate=comunicate communication=comunication
    communities=communites community=comunity companies=compagnies,companys companion=companoin company=compnay
    compared=comparred comparison=comparision compensation=compensacion compete=competete
    competition=compitition competitive=competative complain=complane complaint=complant complete=compleet
    completed=compleeted completely=completly complex=complecks component=componant components=componants
    composed=compossed composer=composser computer=computor computers=computors concept=consept
    concerned=concernd concert=consert conclusion=conclution condition=condtion conditions=condtions
    conference=conferance confirmed=comfirmed conflict=conflit congress=congres connect=conect
    connected=conected connection=conection conquered=conqured conscious=concious consider=concider
    considered=concidered consistent=consistant consists=concists constant=constent constitution=constituton
    construct=constuct constructed=constucted construction=constuction consumer=comsumer contain=contian
    contained=contianed contains=contians continent=contenent continue=continu continued=continud
    continuous=continous contract=contarct contracts=contarcts contribute=contribut contributed=contributted
    contribution=contributon control=controll controlled=controled controversial=contraversial
    controversy=contraversy convenient=convienient convention=convension conversation=conversaton convert=conver
    converted=convered convince=convinse cooperation=coperation copies=copys corporate=corparate
    corporation=corperation correct=corect correspondence=correspondance council=counsil
    countries=countrys,contries country=coutry,contry court=cuort create=creat created=creatd creation=creaton
    creature=creture credit=creddit criminal=crimnal criticism=critisism criticized=critisized crossing=crosing
    cultural=cultral culture=cultur currency=currancy currently=currenlty customer=custumer customers=custumers
    cycle=cicle daily=dayly damage=damadge danger=dangor dangerous=dangerus daughter=daugther death=deth
    debut=debute decide=deside decided=desided decision=desicion decisions=desicions declared=decleared
    decline=decine declined=declinded decrease=decrese defeat=defeet defeated=defeted defendant=defendent
    define=defin defined=defind definitely=definately definition=defenition deliver=delivar delivery=delivary
    democracy=democrasy democratic=democrattic department=departement dependent=dependant derived=derrived
    describe=discribe described=discribed description=discription design=desgin designed=desgined
    despite=dispite destroy=distroy destroyed=distroyed destruction=distruction detailed=detailled
    deteriorate=deterioate determine=determin determined=determind develop=develope developed=develloped
    developing=developping development=developement dictionary=dictionery died=dyed
    difference=differance,diffrence differences=diffrences different=diffrent,differant difficult=dificult
    difficulty=dificulty dinosaur=dinasaur direct=dirrect directed=directd direction=driection director=directer
    disappear=dissapear disappeared=dissapeared disappointed=dissapointed disaster=disasster
    discipline=disipline discover=discovor discovered=discoverd discovery=discovry discuss=discus
    discussed=discused discussion=discusion disease=desease diseases=deseases distance=distence
    distributed=distrubuted distribution=distrubution district=distict divide=devide divided=devided
    division=divison doctor=docter document=docuement documents=docuements does=deos domestic=domestick
    dominant=dominent double=duoble doubt=dout during=durring,druing earlier=earlyer earliest=earlyest
    early=erly earned=earnd earthquake=earthquak easily=easely eastern=easten economic=econmic
    economical=econmical economy=econemy edition=eddition editor=editer education=educaton effect=efect
    effective=efective effects=effecs efficiency=efficency efficient=efficent eighth=eigth elected=ellected
    election=elecion elections=elecions electric=eletric electrical=eletrical electricity=electrisity
    electronic=eletronic element=elemant elements=elemants elevator=elevater eligible=eligable
    eliminate=elimenate embarrass=embarass emergency=emergancy emperor=emporer emphasis=emphasys empire=empier
    employed=emploied employee=employe employees=employes employer=employeer employment=employement
    encourage=encorage encouraged=encoraged enemy=enemey energy=enrgy engineer=enginer engineering=enginering
    engineers=enginers english=enlgish enough=enuogh,enogh enterprise=enterprize entertainment=entertainement
    entire=entier entirely=entirley entrance=enterance environment=enviroment environmental=enviromental
    episode=epsiode episodes=epsiodes equal=equel equation=equasion equipment=equiptment equivalent=equivelant
    especially=especialy,expecially essential=essencial establish=estabish established=estabished
    estimate=estimat estimated=estimatd european=europian event=evnet events=evnets eventually=eventualy
    every=evry everyone=everone everything=everthing evidence=evidance exact=exat exactly=exactley
    example=exemple examples=exemples exceed=excede excellent=excelent exchange=exchagne exchanged=exchagned
    executed=exicuted executive=excecutive exercise=excercise exhausted=exausted exhibition=exibition
    exist=exsist existed=exsisted existence=existance existing=exsisting expanded=expaned expansion=expantion
    expect=exspect expected=expeted expedition=expidition expense=expence expenses=expences expensive=expencive
    experience=experiance experienced=experianced experiment=experament experiments=experaments expert=expirt
    explain=explane explained=explaned explanation=explaination exploit=expliot explore=expolre
    explorer=expolrer export=exprot exports=exprots express=expres expression=expresion extend=exstend
    extended=exstended extension=extention external=externel extreme=extream extremely=extremly
    facilities=facilites facility=facilty factory=factery failure=failiure familiar=familar families=familys
    family=familly famous=famouse fascinating=facinating father=fahter favorite=favorit favourite=favorit
    feature=feture features=fetures february=febuary federal=fedral ferries=ferrys festival=festivel
    fiction=ficton field=feild fields=feilds fifth=fith fighting=figthing figure=figuer figures=figuers
    final=finel finally=finaly finance=finanse financial=finacial,financal finished=finnished fiscal=fiscle
    flight=fligth fluorescent=flourescent follow=folow followed=folowed following=folowing for=fro
    foreign=foriegn,foregin forest=forrest formal=formel formally=formaly former=fromer formerly=formerely
    formula=forumla forward=foward fought=faught found=foudn founded=foundded founder=foundor founders=foundors
    france=fance freedom=fredom freight=frieght french=fench frequency=freqency frequently=frequantly
    friend=freind friends=freinds fuel=feul fulfil=fullfil fully=fuly function=funtion functions=funtions
    fundamental=fundemental further=futher future=futur gallery=galery garden=gardin gauge=guage
    general=genaral,genral generally=generaly generated=generatd generation=genaration genius=genious
    german=germen germany=germeny get=gte global=globel goddess=godess goods=godos governed=govened
    government=goverment governments=goverments governor=governer graduate=gradute graduated=graduted
    grammar=grammer grateful=greatful great=graet greatest=gratest greek=greak grocery=grocry ground=gruond
    group=gruop groups=gruops growth=groth guarantee=garantee,gaurantee guaranteed=garanteed guard=gaurd
    guerrilla=guerilla guess=gess guest=geust guests=geusts guidance=guidence guide=giude guilty=gulity had=hda
    happen=happend happened=happend harass=harrass harbour=habour have=ahve having=haveing
    headquarters=headquaters health=helth heaven=heven heavily=heavely height=heigth,hieght heroes=heros
    hierarchy=heirarchy highest=higest highway=higway historic=histroic historical=histroical
    history=histroy,hisotry holiday=holliday holidays=hollidays honey=hony horizon=horizen hospital=hosptial
    hospitals=hosptials hotel=hottel household=houshold housing=houseing how=hwo however=howver human=humen
    humans=humens humorous=humourous hungry=hungery husband=husbend hygiene=hygeine hypothesis=hypothesys
    ideal=ideel identical=indentical identified=indentified identify=indentify identity=idenity illegal=ilegal
    illness=ilness image=imgae imaginary=imaginery imagine=imagin immediate=imediate
    immediately=immediatly,imediately immigrant=imigrant immigration=imigration impact=inpact imperial=imperail
    implement=impliment implemented=implimented importance=importence important=importent,improtant
    imported=improted improve=imporve improved=imporved improvement=improvment inaugurated=inagurated
    incident=incedent include=inculde included=inculded includes=inculdes including=inculding income=incom
    increase=increse increased=incresed incredible=incredable independence=independance independent=independant
    indian=indain indicate=indacate individual=indivdual individuals=indivduals industrial=industral
    industries=industrys industry=indusrty influence=influance influenced=influanced
    information=infomation,informaton ingredient=ingrediant ingredients=ingrediants inhabitants=inhabitents
    initial=intial initially=intially initiative=initative injured=injurred inquiry=enquirey inside=insde
    inspired=insipred installed=instaled instance=instence instead=insted institute=institue
    institution=instituton instruction=intruction instructions=intructions instrument=insturment
    instruments=insturments insurance=insurence intelligence=inteligence intelligent=inteligent
    intended=intented interest=intrest interested=intrested interesting=intresting interests=intrests
    interfere=interfer interference=interferance internal=internel international=internatonal internet=internt
    interpret=interprit interrupt=interupt interrupts=interupts interview=inteview introduce=intorduce
    introduced=intorduced introduction=intorduction invaded=invadded invasion=invation invented=inventted
    invention=invension inventor=inventer investigate=investigat investigation=investagation
    investment=investement investments=investements investors=investers invisible=invisable involve=envolve
    involved=envolved irrelevant=irrelevent island=iland,islend islands=ilands issue=isssue issued=isued
    issues=isues italian=italien itself=itsself jealous=jelous jewellery=jewelery joined=joind journal=jurnal
    journalist=jurnalist journey=journy judge=juge judgement=judgemant jurisdiction=juristiction justice=justise
    keyboard=keybord king=kign kingdom=kindom kitchen=kichen knew=kenw knowledge=knowlege,knowledgable
    known=konwn laboratory=labratory labour=labuor language=langauge,lanugage languages=langauges large=lagre
    largest=lagest latest=lastest launch=lauch launched=lauched lawyer=laywer leader=leeder leaders=leeders
    leading=leeding league=leauge learn=lern learned=lerned leather=lether lecture=lectuer legal=leagal
    legend=legand legislation=legistlation legislature=legistlature leisure=liesure length=lenght letter=leter
    letters=leters level=levle levels=levles liable=lible liaison=liason liberal=libral liberty=libery
    library=libary,liberry licence=lisence license=lisense life=lief light=ligth lighthouse=ligthhouse
    likely=likley limit=limmit limited=limitted liquid=liqiud listen=lissen literary=literery
    literature=litrature little=litle living=liveing local=locel located=locatted location=loacation
    locations=loacations london=londen lonely=lonley lowest=lowset luxury=luxery machine=machien
    machines=machiens magazine=magizine magnificent=magnificant maintain=maintian maintained=maintianed
    maintenance=maintainance,maintenence major=majer majority=majorty make=maek making=makeing manage=mannage
    managed=mangaed management=managment manner=maner manufacture=manufature manufactured=manufatured
    manufacturer=manufaturer margin=margine maritime=martime marked=makred market=markett markets=markes
    marriage=marrige married=marryed massive=masive material=materiel materials=materails
    mathematical=mathmatical mathematics=mathmatics maximum=maxium meaning=meening meant=ment measure=mesure
    measured=mesured measurement=mesurement mechanism=mechanisim media=meida medical=medcal medicine=medecine
    medieval=medeival mediterranean=mediteranean member=memeber members=memebers memory=memmory mention=metion
    mentioned=metioned merchant=merchent message=mesage metal=mettal method=methode methods=methodes
    middle=middel migration=migraton military=millitary,miltary millennium=millenium mineral=minerel
    minerals=minerels miniature=minature minimum=minumum minister=ministor ministry=minstry mirror=mirrow
    miscellaneous=miscelaneous mischievous=mischievious missile=missle mission=misson mobile=moblie model=modle
    models=modles modern=moden moment=momment monarch=monark money=mony monitor=moniter monument=monumant
    morning=mornig mortgage=morgage most=msot mother=mohter motor=moter mountain=mountian,montain
    mountains=mountians movement=movment movements=movments movie=moive movies=moives much=muhc murder=murdur
    museum=musuem music=musik musical=musicial musician=musicion must=msut mysterious=misterious mystery=mistery
    mythology=mithology named=nammed narrative=narritive nation=naton national=nationel nations=natons
    native=nateive natural=naturel naturally=naturaly nature=natuer naval=navel near=naer nearby=nearbye
    nearly=nearley necessary=neccessary,necesary need=nead negative=negitive neighbor=nieghbor
    neighbour=nieghbour neighbouring=neighbering network=newtork newspaper=newpaper newspapers=newpapers
    niece=neice night=nigth ninth=nineth normal=normel normally=normaly north=noth northern=northen
    notice=notise noticeable=noticable novel=novell nuclear=nucular number=nubmer numbers=nubmers
    numerous=numerus nursery=nursary object=objet objects=objets obligation=obligaton observe=obsereve
    observed=oberved obtain=obtian obtained=obtianed obvious=obvius occasion=occassion
    occasionally=occassionally occupation=ocupation occupied=ocupied occur=occurr,ocur occurred=occured
    occurrence=occurence occurring=occuring ocean=oceon october=ocotber offer=ofer offered=offerred offers=ofers
    office=offise officer=oficer officers=oficers official=offical officially=officialy officials=officals
    often=offen,oftn olympic=olimpic opened=openned opening=openning operate=oparate operated=oparated
    operating=operateing operation=opertaion operations=opertaions operator=operater opinion=opinon
    opponent=oponent opportunities=oportunities opportunity=oportunity,oppurtunity opposed=oposed
    opposite=oposite opposition=oposition option=opton options=optons orbit=oribt order=oder ordered=orderd
    ordinary=ordinery organ=orgen organisation=orginisation organised=orgainised organisms=organizms
    organization=orginization organized=orgainized origin=orgin original=orginal originally=orginally
    originated=originted other=ohter others=ohters outside=outisde overall=overal owned=onwed owner=onwer
    owners=onwers oxygen=oxigen package=pakage painted=paintd painter=paintor palace=palece parallel=paralell
    parent=parrent parents=parrents parliament=parliment,parlament participate=partecipate
    participated=partecipated particular=particuler particularly=particulary partner=parnter partners=parnters
    passage=pasage passenger=passanger passengers=passangers patent=pattent patient=patiant patients=patiants
    pattern=pattren patterns=pattrens pavilion=pavillion payment=payement payments=payements peace=peice
    peaceful=peacefull peculiar=perculiar penalty=penelty pendulum=pendelum people=poeple,peaple
    perceive=percieve performance=preformance perhaps=prehaps period=peroid periods=peroids permanent=permenant
    permission=permision permitted=permited persistent=persistant person=persen personal=personel
    personality=personallity personnel=personell phase=phaze phenomenon=phenomenom philosopher=philospher
    philosophy=philosphy phosphorus=phosphorous photo=foto photograph=photograh phrase=phraze physical=phisical
    physically=phisically physician=physican physicist=phycisist physics=phisics piano=paino piece=peice
    pieces=peices pilgrimage=pilgramage pioneer=pionear place=palce placed=palced places=palces plan=paln
    plane=palne planet=plannet planets=plannets planned=planed plant=palnt plants=palnts platform=plaform
    played=palyed player=palyer players=palyers playing=playng playwright=playwrite pleasant=plesant poem=peom
    poems=peoms point=piont points=pionts poison=posion police=polise policies=policys policy=polcy
    political=politcal politician=politican politicians=politicans politics=polotics popular=populer
    popularity=popularaty population=popultion portrait=portriat portuguese=portugese position=postion
    positions=postions positive=postive possess=posess possessed=posessed possession=posession
    possibility=possiblity possible=possable,posible possibly=possably potato=potatoe potatoes=potatos
    potential=potental poverty=povetry powder=poweder power=pwoer powerful=powerfull powers=powres
    practical=practicle practice=pratice practices=pratices preceding=preceeding precise=presise
    predecessor=predecesor preference=preferrence preferred=prefered pregnant=pregnent prejudice=predjudice
    premier=premeir premium=premuim preparation=preperation prepared=perpared presence=presense present=presant
    presented=presanted preserve=perserve president=presidant,presidnet pressure=presure prevalent=prevelant
    prevent=pervent prevented=pervented previous=previus previously=previusly price=pirce prices=pirces
    priest=preist primarily=primarly primary=primery prime=pirme prince=prinse printed=pritned prior=pryor
    prison=prision prisoners=prisioners private=privat privilege=priviledge,privelege probable=probible
    probably=probaly,probly problem=probelm problems=probelms procedure=proceedure procedures=proceedures
    proceed=procede process=proccess processes=proccesses produce=prodcue produced=prodcued producer=produser
    product=prodcut production=prodcution products=prodcuts profession=proffesion
    professional=proffesional,profesional professor=proffesor,professer profit=proffit profits=proffits
    program=progam programme=progamme programming=programing progress=progres project=proyect projects=proyects
    prominent=prominant promise=promiss promised=promissed promote=promot promoted=promotted
    pronunciation=pronounciation propaganda=propoganda proper=propper properties=propertys property=propery
    proportion=propotion proposed=porposed prosecutor=prosecuter protect=protekt protected=protekted
    protection=protecton protein=protien proteins=protiens protest=prostest protestant=prostestant
    provide=porvide provided=porvided provides=porvides province=provence provinces=provences
    psychology=phsychology public=publick publication=publicaton publicly=publically published=publised
    publisher=publiser purchase=purchace purchased=purchaced purpose=porpose purposes=porposes pursue=persue
    pursuit=persuit quality=qualitty quantity=quantaty queen=qeen question=qeustion questionnaire=questionaire
    questions=qeustions quickly=quikly quiet=queit quite=qiute railroad=railraod railway=railwya range=rnage
    rapid=rapide rapidly=rapidely reach=reech reached=reched reaction=reacton readily=readly reading=reding
    ready=redy really=realy reason=reson reasons=resons rebellion=rebelion recall=recal receipt=reciept
    receive=recieve received=recieved receives=recieves recent=recnet recently=recentley reception=receptoin
    recession=reccession recipe=recepie recognise=reconise recognised=reconised recognition=recognicion
    recognize=reconize recognized=reconized recommend=recomend,reccomend recommended=recomended,reccomended
    record=recrod recorded=recroded recording=recroding records=recrods recover=recovor recovery=recovry
    recruit=recriut reduce=reduse reduced=redused reduction=reducton refer=reffer reference=refrence
    references=refrences referred=refered refers=reffers reflect=relfect reform=refrom refugees=refugies
    regard=reguard regarded=reguarded regarding=reguarding regardless=reguardless region=regoin
    regional=regoinal regions=regoins register=registar registered=registerd regular=reguler regularly=regulary
    regulation=regulaton regulations=regulatons reign=riegn reigned=riegned related=realted relation=realtion
    relations=realtions relationship=relatonship relative=relitive relatively=relitively release=relaese
    released=relaesed relevant=relevent relief=releif religion=religon religious=religous remain=remian
    remained=remianed remaining=remaning remarkable=remarkible remember=rember remembered=rememberd
    remove=remvoe removed=remvoed renaissance=renaisance rent=rnet rented=rentted repair=repiar repeat=repeet
    repeated=repeted repetition=repitition replace=repalce replaced=repalced report=reprot reported=reproted
    reports=reprots represent=reperesent representative=representitive represented=reperesented
    republic=rebublic reputation=reputaton request=reqest require=requier required=requird
    requirement=requirment requirements=requirments requires=requries rescue=resque research=reserch,reasearch
    researchers=reserchers reserve=resereve residence=residance resident=residant residents=residants
    resign=resgin resistance=resistence resolution=resoultion resource=resorce resources=resorces
    respect=respekt respond=responde response=responce responsibility=responsability responsible=responsable
    restaurant=restaraunt,resturant restaurants=restaraunts restored=restord restrict=restict result=resluts
    results=resluts retired=retierd retirement=retirment return=retrun returned=retruned returns=retruns
    reveal=reveel revealed=reveeled revenue=revenu,revenew revenues=revenus reverse=revers review=reveiw
    reviews=reveiws revolution=revolusion rhyme=ryhme rhythm=rythm,rythym ridiculous=rediculous right=rigth
    rights=rigths river=rivver rivers=rivvers rocket=roket roman=romen route=roote routes=rootes royal=royel
    ruled=rueld ruler=rular rulers=rulars running=runing russia=rusia russian=rusian sacrifice=sacrafice
    safety=saftey salary=sallary sale=slae sales=slaes satellite=satelite,sattelite satellites=satelites
    satisfied=satisfyed saved=savd scene=sceen scenes=sceens schedule=schedual scheduled=schedualed
    scholar=scholer scholars=scholers school=shcool schools=shcools science=sience,sciense scientific=scientfic
    scientist=sientist scientists=sientists scissors=sissors score=socre scored=socred search=serach
    season=seson seasons=sesons secret=sercet secretary=secratary section=secton sections=sectons secure=secuer
    security=secuirty seize=sieze seized=siezed select=selcet selected=selcted selection=selecton senate=sennate
    senator=senater send=sned senior=senoir sense=sence sensitive=sensative sensor=senser sensors=sensers
    sentence=sentance sentences=sentances separate=seperate separated=seperated separately=seperately
    separation=seperation sequel=sequal sequence=sequance sergeant=sargent series=serise serious=serius
    seriously=seriusly servant=servent serve=sevre served=sevred service=servise,serivce
    services=servises,serivces session=sesson settled=setled settlement=setlement settlers=setlers
    several=severel,sevral severe=sevear shareholders=sharholders shares=shraes shepherd=shepard sheriff=sherrif
    shield=sheild shining=shinning ship=shpi ships=shpis short=shrot shortly=shortley should=shoud
    shoulder=sholder show=hsow shown=shonw siege=seige signal=singal significance=significence
    significant=signifigant significantly=significantley silence=silance similar=similiar similarly=similiarly
    simple=simpel simply=simpley since=sinse sincerely=sincerly single=sinlge sister=sitser situation=situaton
    skiing=sking skilful=skillfull skill=skil skills=skils slavery=slavry small=samll smallest=samllest
    smooth=smoothe social=socail society=soceity,sociey solution=soulution some=soem something=somthing
    sometimes=somtimes song=snog songs=snogs sophisticated=sofisticated sought=sougth sound=sonud source=soruce
    sources=soruces south=souht southern=southen souvenir=souvineer sovereign=soverign sovereignty=soverignty
    space=spcae spanish=spainish speak=speek speaker=speeker special=speical species=speices specific=spesific
    specifically=specificly specified=specifyed speech=speach spend=spned spent=spnet spirit=spirt
    spiritual=spirtual sponsor=sponser sport=sprot sports=sprots spread=spraed spring=sprign square=sqaure
    stable=stabel stadium=stadum staff=staf stage=satge standard=standerd standards=standerds start=satrt
    stated=statd statement=statment statements=statments states=staets station=staton stations=statons
    statistics=statistcs status=statis stay=saty stock=stokc stolen=stollen stomach=stomache stop=stpo
    stopped=stoped store=stroe stored=stroed story=stroy strategic=stratagic strategy=stratagy stream=straem
    street=stret strength=strenght strengthen=strenghten strict=stirct strong=storng structure=structer
    structures=structers struggle=strugle student=studnet students=studnets studied=studyed studio=stuido
    study=studdy style=stlye subject=subjet subjects=subjets submarine=submarin subsequent=subsequant
    subsequently=subsequantly subsidiary=subsidary substance=substence substantial=substancial
    substitute=subsitute success=succes,sucess successful=succesful,sucessful successfully=succesfully
    successor=succesor sudden=suden suddenly=sudenly suffer=sufer suffered=sufferd sufficient=sufficent
    suggest=sugest suggested=sugested suitable=suitible summary=sumary summer=sumer superior=superor
    supervisor=superviser supplied=suplied supplier=suplier suppliers=supliers supply=suply support=suport
    supported=suported supporters=suporters suppose=supose supposed=supossed supreme=supream surface=surfase
    surgeon=sergeon surgery=surgary surprise=suprise surprised=suprised surrender=surender surround=suround
    surrounded=surounded surrounding=surounding survey=survay survive=survie survived=survied
    surviving=surviveing suspect=suspekt suspicious=suspicous sustainable=sustainible swimming=swiming
    symbol=simbol symbols=simbols sympathy=simpathy symphony=symphany synonym=synonim system=sytem,systme
    systems=sytems take=taek taken=taekn target=traget tariff=tarriff taught=tought teacher=techer
    teachers=techers teaching=teching team=taem teams=taems technical=techincal technique=technicque
    techniques=technicques technology=technolgy,tecnology telephone=telephon television=televison
    temperature=temperture,temprature temperatures=tempertures temple=tempel temporarily=temporarly
    temporary=temporery tendency=tendancy term=trem terms=trems terrible=terible territories=territorys
    territory=teritory test=tset text=txet that=taht,thta the=teh,hte theater=theator theatre=theatere
    their=thier them=htem theme=theem themselves=themselfs then=tehn theories=therories theory=therory
    there=thre therefore=therefor thermometer=thermometre they=tehy thing=thign things=thigns think=thikn
    this=tihs thought=thougth threat=thret threatened=threatend threshold=threshhold through=throught,thorugh
    throughout=througout thunder=tunder ticket=tiket time=tiem times=tiems title=titel titled=titeld today=tody
    together=togther,togehter tomato=tomatoe tomatoes=tomatos tomorrow=tommorow,tommorrow tongue=tounge
    tonight=tonite took=tok total=totel totally=totaly touch=tuoch tourist=turist tourists=turists toward=towrad
    towards=towrads tower=towre town=twon trade=tarde traded=tarded trading=tradeing tradition=traditon
    traditional=traditonal traffic=trafic tragedy=tradgedy train=trian trained=trianed training=trainning
    trains=trians transfer=tranfer transferred=transfered transform=tranform translate=tanslate
    translated=tanslated translation=translaton transmission=transmision transport=tranport
    transportation=transporation travel=travle travelled=traveld treasure=tresure treasury=tresury treat=traet
    treated=treatted treatment=treatement treaty=traety tribe=trieb tribes=triebs tried=tryed triumph=triumf
    tropical=tropicle trouble=truoble true=ture truly=truely tunnel=tunnle twelfth=twelth type=tpye types=tpyes
    typical=typcial typically=typicaly tyranny=tyrany ultimate=ultimat ultimately=ultimatly unanimous=unanimus
    uncle=unkle under=udner understand=understnad understanding=understading understood=undertood
    undoubtedly=undoubtably unemployment=unemployement unfortunately=unfortunatly uniform=unifrom union=uinon
    unique=uniqe universal=universel universe=univers universities=universites university=univeristy,univercity
    unknown=unkown unlike=unlik until=untill,untl unusual=unusuall upgrade=upgarde upper=uper usage=useage
    used=usde useful=usefull users=usres using=useing,usign usually=usualy,usally vacancy=vacency vacant=vacent
    vacation=vaccation vaccine=vacine vacuum=vaccum valley=vally valuable=valuble value=valeu values=valeus
    variable=varible variety=vareity various=varius vegetable=vegtable vegetables=vegtables vehicle=vehical
    vehicles=vehicals version=verson versions=versons vertical=verticle very=vrey vessel=vesel vessels=vesels
    veteran=vetran victim=victum victims=victums victory=victry video=vidoe view=veiw views=veiws
    village=villege villages=villeges villain=villian violence=violance violent=violant visible=visable
    vision=vison visit=vist visited=visted visitor=visiter visitors=visiters vitamin=vitamine
    vocabulary=vocabluary voice=voise volcanic=volcanick volcano=vulcano volume=volumn volunteer=voluntere
    vote=voet voted=voetd voters=votres wage=wadge wages=wadges waiting=waitting walked=wlaked want=wnat
    wanted=wnated warehouse=wharehouse warrant=warant warrior=warroir was=wsa watched=wached water=watre
    weapon=wepon weapons=wepons wear=waer weather=wheather wedding=weding wednesday=wensday weekend=wekend
    weight=wieght,weigth weird=wierd welcome=wellcome welfare=wellfare well=wel were=wer western=westen
    what=waht wheat=wheet when=wehn where=wehre,wher which=wich,whcih while=whlie white=whtie who=hwo whom=whome
    whose=whos why=hwy widely=widley width=witdh wife=wief will=wil winter=wintre wisdom=wisdon with=wiht
    within=withing witness=wittness wonderful=wonderfull wooden=wodden word=wrod words=wrods work=wrok
    worked=wroked worker=workker workers=workres working=wroking works=wroks world=wrold worth=wroth
    worthy=worthey would=woud write=wirte writer=writter writers=writters writing=writting,writeing
    written=writen wrong=worng wrote=worte yacht=yatch yearly=yearley yellow=yelow yesterday=yesturday
    yield=yeild you=yuo young=yuong younger=yonger your=yoru zealous=zelous
"""


def _read() -> dict[str, tuple[str, ...]]:
    return {right: tuple(wrong.split(",")) for right, _, wrong in (entry.partition("=") for entry in _LIST.split())}


MISSPELLINGS: Mapping[str, tuple[str, ...]] = MappingProxyType(_read())
"""Word → its common misspellings."""
