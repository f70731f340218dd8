"""Short English words that people write every day: one of them is no half of a word cut in two. Pure data."""

_TABLE = """
able about above ace act add ago aid aim air all also am an and any app are area arm art as ask at ate aunt
away baby back bad bag ball band bank bar base bat bath be bear beat bed bee been beer best bet big bill bin
bird bit blow blue boat body bone book boom boot born boss both bow bowl box boy bread break bus but buy by
cab cable cake call calm came camp can cap car card care case cash cast cat cell chat check chef chin city
class clean clear cloud club co coal coat code coin cold come cook cool copy cord core corn cost could cow
crew crop cross cup cut dad dark data date day dead deal dear deck deep deer desk did die diet dig dish do
dock does dog doll done door dot down draw dress drink drive drop drum dry duck due dust duty each ear earn
east easy eat edge egg eight else end era even ever every ex exit eye face fact fair fall fan far farm fast
fat fear feed feel feet fell few field fig file fill film fin find fine fire firm fish fit five flag flat
flow fly fog fold food foot for fork form found four fox free from fruit full fun fur game gap garden gas
gate gave gay gear get gift girl give glad glass go goal goat gold golf gone good got grass gray great green
grew grey grow guest guide gun guy had hair half hall ham hand hang happy hard has hat hate have he head
hear heart heat held hello help hen her here hero hi hide high hill him hip his hit hold hole home hook hope
horn horse host hot hotel hour house how hug huge human hut ice icon idea if ill in inch ink inn into iron
is island it item its jam jar job join joke jump just keep key kid kill kind king kiss kit knee knew know
lab lack lady laid lake lamp land lane last late law lay lead leaf leg less let letter level lid lie life
lift light like line lion lip list live load loan local lock log long look lord lose lost lot love low luck
lunch mad made mail main make male man many map mark market mat match math may me meal mean meat media meet
melt men menu met meter method mice mile milk mill mind mine mini minor mint miss mix mode model mom moon
more most moth mother motor mouse mouth move movie mr mrs much mud mum music must my nail name nap near neat
neck need net never new news next nice night nine no nod noon nor north nose not note noun now nut oak odd
of off offer office often oh oil ok old on once one only open or oral order other our out oven over own pack
page paid pain paint pair pan paper parent park part party pass past path pay peace pen people per pet phone
photo pick pie pig pile pin pine pink pipe place plan plant plate play please plus poem poet point pole pool
poor pop port post pot pound power pray press pro pub pull pure push put queen quiet race radio rail rain
ran rat rate raw ray read real red rent rest rice rich ride right ring rise river road rob rock role roll
roof room root rope rose row royal rub rug rule run sad safe said sail salad sale salt same sand sat save
saw say sea seat see seed seen self sell send sent set seven shape share she sheep sheet ship shirt shoe
shop shot should show shut sick side sign silk sing sink sir sister sit site six size skin skirt sky sleep
slow small smart smile snow so soap sock soft soil sold some son song soon sort soup south space spin spoke
spot spring star start state stay step still stone stop store storm story street strong study such sugar
suit sum summer sun sure swim table tail take tale talk tall tank tap tape taste tax taxi tea teach team
tear tell ten tent test text than thank that the their them then there they thin thing think third this
those three tie tiger till time tin tiny tip tire tit to toe told tom ton too took tool top tour town toy
train tree trip true try tube tune turn tv two type uk under unit until up upon us use van very via view
visit voice vote wait wake walk wall want war warm was wash watch water wave way we wear web week well went
were west wet what wheel when where which white who why wide wife wild will win wind wine wing winter wire
wise wish with woman women won wood word wore work world would write wrong yard year yes yet you young your
zero zoo a i ad al de el en es la le las los non par por que sin un una van von der das die ist und
"""
COMMON_WORDS = frozenset(_TABLE.split())
