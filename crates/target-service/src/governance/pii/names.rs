//! Owns the lists of given and family names that the detector knows: common ones of the United States in several origins.
//! Must not know any rule. Sorted and without repetition, so that a change shows.

use std::sync::LazyLock;

/// Given names.
pub(crate) static GIVEN: LazyLock<Vec<&str>> = LazyLock::new(|| GIVEN_TEXT.split_ascii_whitespace().collect());

/// Family names.
pub(crate) static FAMILY: LazyLock<Vec<&str>> = LazyLock::new(|| FAMILY_TEXT.split_ascii_whitespace().collect());

/// Names that are also common words, places or titles: alone they prove nothing.
pub(crate) static AMBIGUOUS: LazyLock<Vec<&str>> = LazyLock::new(|| AMBIGUOUS_TEXT.split_ascii_whitespace().collect());

const GIVEN_TEXT: &str = "\
    Aaron Abigail Ada Adam Adrian Aisha Alan Albert Alejandro Alex Alexander Alexandra Alice Alicia Amanda Amber \
    Amit Amy Ana Andrea Andrew Angela Anita Ann Anna Anne Anthony Antonio Arthur Ashley Barbara Benjamin Bernard Beth \
    Betty Beverly Bill Bob Brandon Brenda Brian Bruce Bryan Carl Carla Carlos Carmen Carol Caroline Catherine \
    Charles Charlotte Cheryl Chloe Chris Christian Christina Christine Christopher Claire Claudia Colin Connor Craig \
    Cynthia Daniel Daniela Danielle David Dawn Deborah Denise Dennis Derek Diana Diane Diego Donald Donna Dorothy \
    Douglas Dylan Edward Eileen Elena Elizabeth Ellen Emily Emma Eric Ethan Eugene Evelyn Fatima Fernando Frances \
    Francis Frank Gabriel Gary George Gerald Gloria Grace Gregory Hannah Harold Harry Heather Helen Henry Hiroshi \
    Howard Hunter Ian Ibrahim Irene Isabella Ivan Jack Jacob Jacqueline James Jane Janet Jason Javier Jean Jeffrey \
    Jennifer Jeremy Jessica Joan Joe John Jonathan Jordan Jorge Jose Joseph Joshua Joyce Juan Judith Judy Julia \
    Julie Justin Karen Karl Kate Katherine Kathleen Keith Kelly Kenneth Kevin Kim Kimberly Kyle Larry Laura Lauren \
    Lawrence Leah Leo Leon Liam Linda Lisa Logan Louis Lucas Lucia Lucy Luis Madison Manuel Marco Margaret Maria \
    Marie Marilyn Mario Mark Martha Martin Mary Mateo Matthew Megan Mei Melissa Michael Michelle Miguel Mohammed \
    Monica Nancy Natalie Nathan Nicholas Nicole Nina Noah Nora Oliver Olivia Omar Oscar Pamela Patricia Patrick Paul \
    Paula Pedro Peter Philip Priya Rachel Rafael Ralph Raymond Rebecca Ricardo Richard Robert Roberto Roger Ronald \
    Rosa Rose Roy Russell Ruth Ryan Samantha Samuel Sandra Sanjay Sara Sarah Scott Sean Sergei Sharon Shirley Sofia \
    Sophia Stephanie Stephen Steven Susan Tanya Teresa Terry Theresa Thomas Tiffany Timothy Tina Todd Tom Tyler \
    Victor Victoria Vincent Virginia Walter Wayne Wei Will William Yuki Yusuf Zachary Zoe";

const FAMILY_TEXT: &str = "\
    Adams Aguilar Ahmed Alexander Ali Allen Alvarez Anderson Andrews Armstrong Arnold Bailey Baker Banks Barnes Bell \
    Bennett Berry Bishop Black Boyd Bradley Brooks Brown Bryant Burke Burns Butler Campbell Carlson Carpenter Carr \
    Carroll Carter Castillo Castro Chapman Chavez Chen Clark Cohen Cole Coleman Collins Cook Cooper Cox Crawford \
    Cruz Cunningham Daniels Davidson Davis Day Dean Diaz Dixon Duncan Dunn Edwards Elliott Ellis Evans Ferguson \
    Fernandez Fields Fisher Fleming Flores Ford Foster Fox Franklin Freeman Fuller Garcia Gardner Garrett Garza \
    George Gibson Gilbert Gomez Gonzalez Gordon Graham Grant Gray Green Greene Griffin Gupta Gutierrez Hall Hamilton \
    Hansen Hanson Harper Harris Harrison Hart Harvey Hawkins Hayes Henderson Henry Hernandez Herrera Hicks Hill \
    Hoffman Holmes Howard Howell Hudson Hughes Hunt Hunter Ivanov Jackson Jacobs James Jenkins Jensen Jimenez \
    Johnson Johnston Jones Jordan Kelley Kelly Kennedy Khan Kim King Knight Kumar Lane Larson Lawrence Lawson Lee \
    Lewis Li Lin Little Long Lopez Lynch Marshall Martin Martinez Mason Matthews McCarthy McCoy McDonald Medina \
    Mendoza Meyer Miller Mills Mitchell Montgomery Moore Morales Moreno Morgan Morris Morrison Murphy Murray Myers \
    Nakamura Nelson Newman Nguyen Nichols Novak O'Brien O'Connor O'Neill Obrien Oliver Olson Ortiz Owens Palmer Park \
    Parker Patel Patterson Payne Perez Perkins Perry Peters Peterson Petrov Phillips Pierce Porter Powell Price \
    Ramirez Ramos Ray Reed Reid Reyes Reynolds Rice Richards Richardson Riley Rivera Roberts Robertson Robinson \
    Rodriguez Rogers Romero Rose Ross Ruiz Russell Ryan Salazar Sanchez Sanders Santos Sato Schmidt Schneider \
    Schultz Scott Shaw Silva Simmons Simpson Singh Smith Snyder Soto Spencer Stephens Stevens Stewart Stone Sullivan \
    Suzuki Tanaka Taylor Thomas Thompson Torres Tran Tucker Turner Vargas Vasquez Wagner Walker Wallace Walsh Wang \
    Ward Warren Washington Watkins Watson Weaver Webb Weber Welch Wells West Wheeler White Williams Williamson \
    Willis Wilson Wong Wood Woods Wright Wu Yang Young Zhang";

const AMBIGUOUS_TEXT: &str = "\
    Amber Baker Banks Bell Bill Bishop Black Brown Butler Carpenter Christian Cook Cooper Dawn Day Dean Fields \
    Fisher Ford Foster Fox Francis Frank Freeman Fuller Gardner Grace Grant Gray Green Hall Harry Hart Hill Hunt \
    Hunter Jack Jordan King Knight Lane Leo Little Long Madison Mark Marshall Mason Mills Park Porter Price Ray Rice \
    Rose Stone Victoria Virginia Walker Ward Washington Weaver Wells West Wheeler White Will Wood Woods Young";

#[cfg(test)]
mod tests {
    use super::{AMBIGUOUS, FAMILY, GIVEN};

    #[test]
    fn lists_are_sorted_and_hold_nothing_twice() {
        for list in [&GIVEN, &FAMILY, &AMBIGUOUS] {
            assert!(list.is_sorted_by(|one, next| one < next));
            assert!(list.len() > 20);
        }
    }
}
