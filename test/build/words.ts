/** Words that the test corpus is made of. Changing one changes every count that a test of a build names. */
const list = (text: string): string[] => text.split(/\s+/).filter(Boolean)

export const nouns = list(`
  answer apple army artist autumn baker bank basket bell bird boat book bottle branch bread bridge brother building butter
  camera candle captain carpet castle chair child church circle city cloud coast coffee colour corner country crowd curtain
  dance desert doctor dream engine evening family farmer father feather field finger fire fish floor flower forest friend
  garden gate glass grain guest hammer harbour hill history horse hospital hotel house island journey judge kitchen ladder
  lake lamp language leader letter library light machine market meadow message middle mirror money month morning mother
  mountain museum music neighbour night number ocean office orange painter paper parent partner pencil people picture
  planet plate pocket police prison question railway reason river road school season shadow ship shoulder silver sister
  soldier song spring station stone storm story street summer sugar table teacher theatre ticket tower train tree valley
  village voice wagon wall water weather wheel window winter wood worker writer yard year`)

export const verbs = list(`
  answer borrow bring build buy carry catch change choose clean climb close collect compare cook count cover describe draw
  enjoy explain find fix follow forget hide hold keep know leave lift like make measure move name offer open order paint
  pass plan plant prepare press protect pull push reach read remember repair share show study teach touch turn use visit
  watch write`)

export const adjectives = list(`
  ancient bitter bright broken busy calm careful cheap clever cold common cool curious dark deep distant dry early empty
  famous fresh gentle golden great green happy heavy hidden honest huge kind large late little local long loud modern narrow
  new noble old open patient plain poor proud quiet rare red rich round rough sharp short silent simple slow small smooth
  soft strange strong sudden sweet tall thin tired warm weak white wide wild wise young`)

export const dutch = list(`
  de het een van voor met naar door over onder tussen wij zij hebben worden kunnen moeten altijd nooit misschien vandaag
  gisteren morgen huis straat fiets water regen brug gracht school vriend moeder vader kinderen geschiedenis gezellig
  waarschijnlijk ontwikkeling wetenschap samenleving tegenwoordig verschillende belangrijke mogelijkheden schrijven lezen`)
